# SPDX-License-Identifier: ISC
"""Each way a handshake or a dialogue can fail is provoked, and what is said
of it is what the tables say: its cause, and what to change on that side. A
row that nothing here provokes fails."""

import socket
import ssl

import pytest

import receiver as receivers
import sender as senders
from explaining import (  # noqa: F401 (fixtures)
    ALERTS, FAILURES, REASONS, Answering, alert, answering, explained,
    greet, hello, in_units, said, watched)
from proxy import free_port


@pytest.fixture(scope="module")
def module_receiver(certificates):
    made = receivers.Receiver(certificates)
    yield made
    made.stop()


@pytest.mark.parametrize("number", ALERTS)
def test_alert_of_a_sender(watched, module_receiver, number):
    between = watched(module_receiver.port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO client.test")
    assert made.say("STARTTLS")[0] == 220
    made.send(hello())
    made.socket.recv(4096)
    made.send(alert(int(number)))
    text = said(between)
    made.close()
    name, says, from_sender, _ = ALERTS[number]
    assert f"alert of the sender: " in text and f", {name}\n" in text
    if number != "0":
        explained(text, f"alert of the sender, {name}: {says}", from_sender)


@pytest.fixture(scope="module")
def changing():
    """One of them, whose answer each test sets."""
    made = Answering(None)
    yield made
    made.stop()


@pytest.mark.parametrize("number", ALERTS)
def test_alert_of_a_receiver(watched, changing, number):
    changing.answer = alert(int(number))
    between = watched(changing.port, receiver__hello_profile="modern")
    text = greet(between)
    name, says, _, from_receiver = ALERTS[number]
    assert f", {name}\n" in text
    if number != "0":
        explained(
            text, f"alert of the receiver, {name}: {says}", from_receiver)


def test_alerts_have_no_twin():
    """Who reads one must know which it was."""
    assert len({row[0] for row in ALERTS.values()}) == len(ALERTS)


# --- Failures of TLS ---

class Lab:
    """What a provocation has at hand."""

    def __init__(self, watched, answering, receiver, certificates):
        self.watched, self.answering = watched, answering
        self.receiver, self.certificates = receiver, certificates

    def through(self, answer, **settings):
        """A sender behind which a receiver answers so."""
        options = {key: settings.pop(key) for key in
                   ("greet", "keywords", "implicit", "go", "delay") if key in settings}
        made = self.answering(answer, **options)
        return greet(self.watched(made.port, **settings))

    def verified(self, **settings):
        return greet(self.watched(self.receiver().port, **settings))

    def sent(self, *lines, tls=None, **settings):
        """A sender that says lines, the last of which may be bytes."""
        between = self.watched(self.receiver().port, **settings)
        made = senders.Sender(between.port, tls=tls)
        made.hear()
        for line in lines:
            if isinstance(line, bytes):
                made.send(line)
            else:
                made.say(line)
        return between, made

    def secured(self, tls, **settings):
        between, made = self.sent("EHLO client.test", tls=tls, **settings)
        with pytest.raises((ssl.SSLError, OSError)):
            made.starttls()
            made.file.readline()
            raise OSError
        made.close()
        return said(between)

    def hello(self, hello_bytes, **settings):
        between, made = self.sent(
            "EHLO client.test", "STARTTLS", hello_bytes, **settings)
        return hears(between, made)


def raw_hello(version, *suites):
    body = version.to_bytes(2, "big") + bytes(32) + b"\0"
    body += (2 * len(suites)).to_bytes(2, "big")
    body += b"".join(suite.to_bytes(2, "big") for suite in suites) + b"\1\0"
    body = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\0" + len(body).to_bytes(2, "big") + body


def tls12(ciphers=None, alpn=None):
    made = senders.context()
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    if ciphers:
        made.set_ciphers(ciphers)
    if alpn:
        made.set_alpn_protocols(alpn)
    return made


PROVOKED_FAILURES = {
    "NOT_TLS": lambda lab: lab.through(b"454 no TLS today\r\n"),
    "CLOSED": lambda lab: lab.through(None),
    "TIMEOUT": lambda lab: lab.through(
        lambda connected, ended: ended.wait(8), timeouts__handshake="1s"),
    "PROTOCOL": lambda lab: lab.secured(
        tls12(), sender__min_protocol="tls1.3"),
    "SUITE": lambda lab: lab.secured(
        tls12("ECDHE-RSA-AES256-GCM-SHA384"),
        sender__ciphers="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    "LEGACY_NOT_ADMITTED": lambda lab: lab.hello(
        raw_hello(0x0300, 0x0004), sender__min_protocol="tls1.0"),
    "FALLBACK": lambda lab: lab.hello(raw_hello(0x0303, 0xc02f, 0x5600)),
    "NAME": lambda lab: lab.verified(
        receiver__tls="secure", receiver__names="other.test",
        receiver__ca=lab.certificates / "ca.pem"),
    "FINGERPRINT": lambda lab: lab.verified(
        receiver__tls="fingerprint", receiver__fingerprints="00" * 32),
    "RECORD": lambda lab: lab.through(
        b"\x16\3\3\xff\xff" + bytes(64), receiver__hello_profile="modern"),
    "MESSAGE": lambda lab: lab.through(
        b"\x16\3\3\0\4\x63\0\0\0", receiver__hello_profile="modern"),
    "ALPN": lambda lab: lab.secured(tls12(alpn=["h2"])),
}
# These are told by the rows of a verdict or an alert, which are more exact.
FINER_FAILURES = {"UNTRUSTED", "EXPIRED", "REVOKED", "WEAK_KEY", "DANE",
                  "ALERT"}
# What these take cannot be had from outside.
UNIT_FAILURES = {"NONE", "BITS", "TRUNCATED", "FINISHED", "NO_CERTIFICATE",
                 "INTERNAL", "LOCAL"}
OF_SENDER = {"PROTOCOL", "SUITE", "LEGACY_NOT_ADMITTED", "FALLBACK",
             "NO_CERTIFICATE", "ALPN"}


@pytest.fixture
def lab(watched, answering, receiver, certificates):
    return Lab(watched, answering, receiver, certificates)


@pytest.mark.parametrize("failure", PROVOKED_FAILURES)
def test_failure(lab, failure):
    text = PROVOKED_FAILURES[failure](lab)
    _, sentence, from_sender, from_receiver = FAILURES[failure]
    explained(text, f"TLS failed: {sentence}",
              from_sender if failure in OF_SENDER else from_receiver)


def test_plaintext_instead_of_tls_is_shown(lab):
    """It says what is wrong better than anybody else."""
    text = lab.through(b"454 4.7.0 no key\r\n")
    assert "<- receiver   454 4.7.0 no key  (that is no TLS)\n" in text


def test_every_failure_is_provoked():
    assert set(FAILURES) == (set(PROVOKED_FAILURES) | FINER_FAILURES |
                             UNIT_FAILURES)
    for failure in UNIT_FAILURES | FINER_FAILURES:
        assert in_units(f"TLS_FAILURE_{failure}"), failure


# --- Reasons ---

def closes(between, made):
    made.close()
    return said(between)


def resets(between, made):
    made.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           b"\1\0\0\0\0\0\0\0")
    return closes(between, made)


def hears(between, made):
    try:
        while made.hear()[0]:
            pass
    except (OSError, ValueError):
        pass
    return closes(between, made)


def leaves(lab):
    """A receiver that hangs up at MAIL."""
    class Leaving(receivers.Dialogue):
        def do_mail(self, text):
            return False
    return greet(lab.watched(lab.receiver(dialogue=Leaving).port))


def too_early(lab):
    made = lab.answering(None, delay=1)
    between = lab.watched(made.port, sender__early_pipelining="reject")
    sender = senders.Sender(between.port)
    sender.send(b"EHLO early\r\n")
    return hears(between, sender)


def too_many(lab):
    between = lab.watched(lab.receiver().port,
                          limits__sessions_per_client="1")
    first = senders.Sender(between.port)
    first.hear()
    second = senders.Sender(between.port)
    second.hear()
    second.close()
    text = said(between)
    first.close()
    return text


def headless(lab):
    """A balancer that was not told of the PROXY protocol."""
    between = lab.watched(lab.receiver().port,
                          proxy_protocol_from="127.0.0.1")
    made = senders.Sender(between.port)
    made.send(b"EHLO client.test\r\n")
    text = hears(between, made)
    assert "its PROXY header: no PROXY header" in text
    return text


def greets(lab, settings):
    return greet(lab.watched(lab.receiver().port, **settings))


PROVOKED_REASONS = {
    "SENDER_LOST": lambda lab: resets(*lab.sent("EHLO a")),
    "SENDER_LOST_IN_MESSAGE": lambda lab: closes(*lab.sent(
        "EHLO a", "MAIL FROM:<a@test>", "RCPT TO:<b@test>", "DATA", b"x\r\n")),
    "SENDER_TIMEOUT": lambda lab: hears(*lab.sent(
        "EHLO a", timeouts__idle="1s")),
    "SENDER_TLS_FAILED": lambda lab: lab.hello(raw_hello(0x0300, 0x0004)),
    "SENDER_NO_HANDSHAKE": lambda lab: hears(*lab.sent(
        "EHLO a", "STARTTLS", b"MAIL FROM:<a@test>\r\n")),
    "SENDER_INJECTION": lambda lab: hears(*lab.sent(
        "EHLO a", b"STARTTLS\r\nNOOP\r\n")),
    "SENDER_EARLY": too_early,
    "SENDER_ERRORS": lambda lab: hears(*lab.sent(
        "EHLO a", "WHAT", "WHAT", b"WHAT\r\n", limits__errors="2")),
    "SENDER_COMMANDS": lambda lab: hears(*lab.sent(
        "EHLO a", "NOOP", "NOOP", b"NOOP\r\n", limits__commands="3")),
    "SENDER_BARE_NEWLINE": lambda lab: hears(*lab.sent(
        "EHLO a", b"NOOP\n", sender__bare_newline="reject")),
    "SENDER_NOT_SMTP": lambda lab: hears(*lab.sent(hello())),
    "SENDER_BAD_CHUNK": lambda lab: hears(*lab.sent(
        "EHLO a", b"BDAT many\r\n")),
    "SENDER_PROXY_HEADER": headless,
    "RECEIVER_UNREACHABLE": lambda lab: greet(lab.watched(free_port())),
    "RECEIVER_CLOSED": leaves,
    "RECEIVER_TIMEOUT": lambda lab: lab.through(
        None, greet=b"220-", timeouts__greeting="1s"),
    "RECEIVER_REFUSED": lambda lab: lab.through(None, greet=b"554 no\r\n"),
    "RECEIVER_NO_STARTTLS": lambda lab: greet(
        lab.watched(lab.receiver(tls="none").port)),
    "RECEIVER_NO_XCLIENT": lambda lab: greets(
        lab, {"receiver__identity": "xclient"}),
    "RECEIVER_TLS_FAILED": lambda lab: lab.through(None),
    "RECEIVER_NOT_VERIFIED": lambda lab: lab.verified(receiver__tls="verify"),
    "RECEIVER_INJECTION": lambda lab: lab.through(
        None, go=b"220 go\r\n250 injected\r\n"),
    "RECEIVER_PROTOCOL": lambda lab: lab.through(
        None, greet=b"HTTP/1.0 400 what\r\n"),
    "NOT_A_CLIENT": lambda lab: greets(lab, {"clients": "192.0.2.0/24"}),
    "LIMIT": too_many,
    "NOT_REDIRECTED": lambda lab: greets(lab, {"forward_to": "original"}),
}
# What these take cannot be had from outside, or takes a minute and more.
UNIT_REASONS = {"SENDER_SLOW", "REFUSED", "MEMORY", "LOOP",
                "RECEIVER_LOST_IN_MESSAGE", "RECEIVER_EARLY_SUCCESS",
                "SESSION_TIMEOUT"}


@pytest.mark.parametrize("reason", PROVOKED_REASONS)
def test_reason(lab, reason):
    text = PROVOKED_REASONS[reason](lab)
    name, sentence, change = REASONS[reason]
    explained(text, f"session ends: {sentence} ({name})", change)


def test_tls_where_commands_should_be_is_shown(lab):
    text = PROVOKED_REASONS["SENDER_NOT_SMTP"](lab)
    assert "sender ~>            ClientHello offers TLSv1.2" in text


def test_a_sender_that_is_too_old_is_told_what_it_needs(lab):
    """And nothing weaker."""
    text = lab.hello(raw_hello(0x0301, 0x002f))
    assert "with min-protocol = tls1.0 would admit it\n" in text
    assert "ssl3" not in text and "SSL 3.0" not in text


def test_what_is_no_reply_is_shown(lab):
    """It says better than anybody who really answers there."""
    text = lab.through(None, greet=b"SSH-2.0-OpenSSH_9.2\r\n")
    assert "<- receiver   SSH-2.0-OpenSSH_9.2  (that is no reply)\n" in text


def test_every_reason_is_provoked():
    failing = {row for row, words in REASONS.items() if words[2]}
    assert failing == set(PROVOKED_REASONS) | UNIT_REASONS
    for reason in UNIT_REASONS:
        assert in_units(f"REASON_{reason}") or \
            in_units(REASONS[reason][0]), reason
