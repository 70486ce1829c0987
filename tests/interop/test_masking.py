# SPDX-License-Identifier: ISC
"""Passwords and content are shown nowhere, however they come: every AUTH
mechanism, in step and out of it, in every output that there is."""

import base64
import pathlib
import re
import socket
import time

import pytest

import capture
import legacy
import sender as senders
from masking import MECHANISMS, SECRET, asking, forms, says, secrets

# Challenges of the server until the client has said all.
CHALLENGES = {"LOGIN": 2, "PLAIN": 1, "DIGEST-MD5": 2, "NTLM": 2, "GSSAPI": 3}


def encoded(mechanism):
    """What a client sends, the secret inside at each alignment."""
    return [base64.b64encode(b"x" * shift + SECRET).decode()
            for shift in range(3)][len(mechanism) % 3]


def dumped(log):
    """What the hexdumps of a log hold, direction by direction and all."""
    rows = re.findall(r"^\w+ +[0-9a-f]{8}  ((?:[0-9a-f]{2}  ?)+)", log, re.M)
    return b"".join(bytes.fromhex(row.replace(" ", "")) for row in rows)


def captured(between):
    """The capture's bytes, once the end of the session is among them."""
    return capture.until(between.capture, b"session ends")


def shown_in(between):
    text = between.log()
    return [form for form in forms()
            if form in text or form.encode() in dumped(text)
            or form.encode() in captured(between)]


@pytest.fixture
def watched(proxy, receiver, root):
    """A proxy that shows all it ever shows, and a sender of it."""
    def start(dialogue, *arguments, secure=True, **settings):
        between = proxy(
            "-x", "--pcap", str(root / "pcap"), *arguments,
            log__level="debug",
            receiver=receiver(tls="offer", dialogue=dialogue).port,
            sender__auth_without_tls="true", **settings)
        between.capture = root / "pcap"
        made = senders.Sender(between.port)
        made.hear()
        made.say("EHLO client.test")
        if secure:
            made.starttls()
            made.say("EHLO client.test")
        return between, made
    return start


def answer(made, first, text):
    """Answers challenges with text until there is none; the last reply."""
    reply = made.say(first)
    while reply[0] == 334:
        reply = made.say(text)
    return reply


def ends(between, made):
    made.say("QUIT")
    made.close()
    between.line("session ends")


@pytest.mark.parametrize("mechanism, form", [
    *((name, "text") for name in [*MECHANISMS, "X-NOBODY-KNOWS"]),
    ("PLAIN", "json"), ("LOGIN", "json")])
def test_no_mechanism_gives_its_secret_away(watched, mechanism, form):
    between, made = watched(
        asking(CHALLENGES.get(mechanism, 2)), log__format=form)
    text = encoded(mechanism)
    answer(made, f"AUTH {mechanism}", text)
    answer(made, f"AUTH {mechanism} {text}", text)
    answer(made, f"auth  {mechanism.lower()} {text}", text)
    made.say("RSET")
    ends(between, made)
    assert shown_in(between) == []
    if mechanism in MECHANISMS:
        assert re.search(rf"AUTH \[\d+ bytes not shown\]  \({mechanism}\)",
                         between.log())


@pytest.mark.parametrize("verdict", [
    "535 5.7.8 authentication failed", "504 5.5.4 what?", "500 no",
    "454 4.7.0 later"])
@pytest.mark.parametrize("secure", [True, False])
def test_a_device_that_does_not_listen(watched, verdict, secure):
    """It sends name and password whatever the server said."""
    between, made = watched(asking(0, verdict), secure=secure)
    text = encoded("LOGIN")
    for lines in (["AUTH LOGIN", "cm9vdA==", text],
                  [f"AUTH PLAIN {text}", text],
                  ["AUTH", text], [f"AUTH {text}"],
                  [f" AUTH\tLOGIN {text}", text]):
        for line in lines:
            made.say(line)
    ends(between, made)
    assert shown_in(between) == []


def test_a_device_that_does_not_wait(watched):
    """All at once, before any 334."""
    between, made = watched(asking(2))
    text = encoded("LOGIN")
    made.send(f"AUTH LOGIN\r\ncm9vdA==\r\n{text}\r\nNOOP\r\n".encode())
    while made.hear()[0] == 334:
        pass
    made.hear()
    ends(between, made)
    assert shown_in(between) == []


@pytest.mark.parametrize("line", [
    "{}", "PASS {}", "LOGIN root {}", "XAUTH {}", "Password: {}",
    "AUTHENTICATE {}", "USER root PASS {}", "x" * 5000 + "{}"])
def test_a_password_as_a_command_of_its_own(watched, line):
    between, made = watched(asking(1))
    for text in (encoded("LOGIN"), SECRET.decode()):
        made.say(line.format(text))
    ends(between, made)
    assert shown_in(between) == []


@pytest.mark.parametrize("line", ["X-EXPS {}", "x-exps NTLM {}",
                                  " X-EXPS\tLOGIN  {}"])
def test_the_auth_of_exchange(watched, line):
    """It is not offered; who knows it says it all the same."""
    between, made = watched(asking(1))
    made.say(line.format(encoded("NTLM")))
    made.say("VRFY " + SECRET.decode())
    ends(between, made)
    assert shown_in(between) == []
    assert re.search(r"(?i)> +X-EXPS \[\d+ bytes not shown\]", between.log())


@pytest.mark.parametrize("unknown", [
    "250 2.0.0 done:", "252 2.0.0", "454 4.7.0 no"])
@pytest.mark.parametrize("lines", [
    ["{}"], ["AUTH LOGIN", "cm9vdA==", "VRFY {}"], ["AUTH LOGIN", "HELP {}"]])
def test_a_reply_of_any_code_that_repeats_it(watched, unknown, lines):
    between, made = watched(asking(0, "535 5.7.8 no", unknown=unknown))
    for line in lines:
        reply = made.say(line.format(SECRET.decode()))
    assert SECRET.decode() in reply[1]
    made.close()
    between.line("session ends")
    assert shown_in(between) == []
    assert re.search(rf"{unknown[:9]} ?.*bytes not shown", between.log())


VERBS = re.findall(r'^COMMAND\(\w+, "([^"]+)"', pathlib.Path(
    legacy.SOURCE, "proxy", "smtp", "command.def").read_text(), re.M)
# What is in its place there is shown: names and addresses.
OPEN = {"EHLO", "HELO"}


@pytest.mark.parametrize("near, form", [
    (False, "text"), (True, "text"), (False, "json")])
def test_what_stands_behind_a_verb(proxy, receiver, root, near, form):
    """Out of step, and with no AUTH far and wide; what refuses it may say it
    again."""
    between = proxy(
        "-x", "--pcap", str(root / "pcap"), log__format=form,
        log__level="debug", sender__auth_without_tls="true",
        receiver=receiver(tls="offer", dialogue=asking(
            0, "535 5.7.8 no")).port)
    between.capture = root / "pcap"
    verbs = [verb for verb in VERBS if verb not in OPEN]
    for verb in verbs:
        for text in secrets():
            says(between.port, near, [f"{verb} {text}"])
    end = time.monotonic() + 30
    while between.log().count("session ends") < 4 * len(verbs):
        assert time.monotonic() < end
        time.sleep(0.1)
    between.stop()
    assert shown_in(between) == []
    for verb in verbs:
        assert re.search(rf"> +{verb} \[\d+ bytes not shown\]",
                         between.log()), verb


@pytest.mark.parametrize("line", [
    "EHLO x\rAUTH PLAIN {}", "EHLO x\0AUTH PLAIN {}", "HELO x\r{}",
    "MAIL FROM:<a@test>\rAUTH PLAIN {}", "MAIL FROM:<a@test> AUTH PLAIN {}",
    "MAIL FROM:<a@test> {}", "MAIL FROM:{} x", "RCPT TO:<a@test> {}",
    "RCPT TO:<b@test>\r{}"])
def test_what_is_glued_on(watched, line):
    """With a CR alone, or in one line where there should be two."""
    between, made = watched(asking(0, "535 5.7.8 no"))
    for text in secrets():
        made.say(line.format(text))
    made.say("EHLO client.test")
    ends(between, made)
    assert shown_in(between) == []


def test_whom_we_trust_to_tell_of_clients_is_shown(watched):
    between, made = watched(asking(0), xclient_from="127.0.0.1")
    assert made.say("XCLIENT NAME=a.test ADDR=127.0.0.2")[0] == 220
    made.close()
    between.line("session ends")
    assert "XCLIENT NAME=a.test ADDR=127.0.0.2" in between.log()


@pytest.mark.parametrize("line", ["AUTH PLAIN {}", " AUTH PLAIN {}", "1{}"])
def test_plaintext_where_a_hello_should_come(watched, line):
    """A device that says STARTTLS and goes on without it; the records of
    a hexdump are its commands then."""
    between, made = watched(asking(1), secure=False)
    assert made.say("STARTTLS")[0] == 220
    made.send((line.format(encoded("PLAIN")) + "\r\n").encode())
    made.close()
    between.line("session ends")
    assert shown_in(between) == []


def test_the_same_where_it_is_tolerated(watched):
    between, made = watched(asking(1), secure=False,
                            sender__missing_handshake="tolerate")
    assert made.say("STARTTLS")[0] == 220
    answer(made, f"AUTH PLAIN {encoded('PLAIN')}", encoded("PLAIN"))
    answer(made, "AUTH PLAIN", encoded("PLAIN"))
    ends(between, made)
    assert shown_in(between) == []


def test_plaintext_on_a_port_for_implicit_tls(proxy, receiver, root):
    between = proxy("-x", "--pcap", str(root / "pcap"),
                    receiver=receiver().port,
                    sender__implicit_tls="true")
    between.capture = root / "pcap"
    with socket.create_connection(("127.0.0.1", between.port)) as made:
        made.sendall(f"AUTH PLAIN {encoded('PLAIN')}\r\n".encode())
        between.line("session ends")
    between.line("session ends")
    assert shown_in(between) == []


def test_a_url_that_lets_read(watched):
    between, made = watched(asking(1))
    made.say(f"BURL imap://u@h/x;urlauth=a:internal:{encoded('PLAIN')} LAST")
    ends(between, made)
    assert shown_in(between) == []


@pytest.mark.parametrize("content", [
    b"x\r\n" * 20 + SECRET + b"\r\n", b"x" * 20000 + SECRET + b"\r\n"])
def test_content_beyond_some_lines(watched, content):
    between, made = watched(asking(1))
    assert made.envelope("b@test") == [250, 250]
    assert made.data(content)[0] == 250
    ends(between, made)
    assert shown_in(between) == []
    assert "not all of them shown" in between.log()


def test_secrets_are_shown_to_who_means_it(watched):
    """Without this, the tests above could not fail."""
    between, made = watched(asking(2), "--show-secrets")
    answer(made, f"AUTH PLAIN {encoded('PLAIN')}", encoded("PLAIN"))
    made.say(SECRET.decode())
    assert made.envelope("b@test") == [250, 250]
    assert made.data(b"x\r\n" * 20 + SECRET + b"\r\n")[0] == 250
    ends(between, made)
    assert len(shown_in(between)) >= 2
    assert SECRET in dumped(between.log())
    assert SECRET in captured(between)


def test_replies_are_shown_where_nothing_was_secret(watched):
    between, made = watched(asking(0, "535 5.7.8 sesame is wrong"))
    made.say("AUTH LOGIN")
    assert made.say("MAIL FROM:<a@test>")[0] == 250
    assert made.say("RCPT TO:<refused@test>")[0] == 550
    ends(between, made)
    log = between.log()
    assert "535 5.7.8 [" in log and "sesame" not in log
    assert "550 5.1.1 no such user" in log
    # What is offered is no secret, in the capture either.
    assert f"AUTH {' '.join(MECHANISMS)}\r\n".encode() in captured(between)
