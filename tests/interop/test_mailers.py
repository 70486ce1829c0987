# SPDX-License-Identifier: ISC
"""Real mail servers as receivers: what was sent through sallyport is what
they deliver, whatever TLS is spoken on either leg, and what they offer is
offered through it."""

import ssl

import pytest

import mailer
import messages
import sender as senders

MAILERS = ("postfix", "exim", "opensmtpd")
SENDERS = ("plain", "starttls", "implicit")
# Each way to speak on either leg, and each server, at least once; all
# combinations are for long runs.
SAMPLE = {("postfix", "plain", "demand"), ("postfix", "starttls", "demand"),
          ("postfix", "implicit", "implicit"), ("postfix", "starttls", "none"),
          ("exim", "plain", "demand"), ("exim", "starttls", "demand"),
          ("exim", "starttls", "implicit"), ("exim", "implicit", "offer"),
          ("opensmtpd", "starttls", "none"), ("opensmtpd", "plain", "demand")}


def pairs():
    for kind in MAILERS:
        for spoken in SENDERS:
            for tls in mailer.LEVELS:
                marks = () if (kind, spoken, tls) in SAMPLE \
                    else (pytest.mark.full,)
                yield pytest.param(kind, spoken, tls, marks=marks)


@pytest.fixture(scope="session")
def behind(mailers):
    """A mail server that can do the TLS that is asked for, or a skip."""
    def start(kind, tls="demand"):
        made = mailers(kind, tls)
        if tls != "none" and not does_tls(made):
            pytest.skip(f"this {kind} cannot do TLS with this OpenSSL")
        return made
    return start


def does_tls(made):
    try:
        made.secure()
    except ssl.SSLError:
        return False
    return True


def between_settings(spoken, tls):
    settings = {"receiver__tls": "none" if tls == "none" else "encrypt"}
    if spoken == "implicit":
        settings["sender__implicit_tls"] = "true"
    if tls == "implicit":
        settings["receiver__implicit_tls"] = "true"
    return settings


def connect(proxy, strict, spoken="starttls"):
    """(proxy, sender, what it is offered), greeted."""
    between = proxy(receiver=strict.port,
                    **between_settings(spoken, strict.tls))
    made = senders.Sender(between.port, implicit=spoken == "implicit")
    assert made.hear()[0] == 220
    code, keywords = made.say("EHLO client.test")
    assert code == 250
    if spoken == "starttls":
        assert made.starttls()[0] == 220
        code, keywords = made.say("EHLO client.test")
        assert code == 250
    return between, made, keywords


def delivered(strict, count):
    return [messages.as_delivered(stored)
            for stored in strict.messages(count)]


@pytest.mark.parametrize("kind, spoken, tls", pairs())
def test_messages_come_out_byte_for_byte(proxy, behind, kind, spoken, tls):
    strict = behind(kind, tls)
    between, made, _ = connect(proxy, strict, spoken)
    for message in messages.SMALL.values():
        assert made.envelope(
            mail="MAIL FROM:<a@test> BODY=8BITMIME") == [250, 250]
        assert made.data(message)[0] == 250
    assert made.say("QUIT")[0] == 221
    assert sorted(delivered(strict, len(messages.SMALL))) == \
        sorted(messages.SMALL.values())
    line = between.session()
    assert line["reason"] == "quit"
    assert line["messages"] == str(len(messages.SMALL))
    assert (line["sender-tls"] == "none") == (spoken == "plain")
    assert (line["receiver-tls"] == "none") == (tls == "none")


@pytest.mark.parametrize("kind", MAILERS)
def test_it_refuses_without_tls(behind, kind):
    made = senders.Sender(behind(kind).port)
    made.hear()
    made.say("EHLO client.test")
    assert made.say("MAIL FROM:<a@test>")[0] == 530


@pytest.mark.parametrize("kind", MAILERS)
def test_all_that_is_known_is_offered(proxy, behind, kind):
    strict = behind(kind)
    _, made, keywords = connect(proxy, strict)
    for keyword in (*strict.keywords, "8BITMIME", "SIZE"):
        assert keyword in keywords
    for keyword in ("STARTTLS", "PRDR", "PIPECONNECT", "XCLIENT"):
        assert keyword not in keywords
    made.say("QUIT")


@pytest.mark.parametrize("kind", ["postfix", "exim"])
def test_chunks(proxy, behind, kind):
    strict = behind(kind)
    _, made, _ = connect(proxy, strict)
    for message in messages.SMALL.values():
        made.send(b"MAIL FROM:<a@test> BODY=8BITMIME\r\n"
                  b"RCPT TO:<b@test>\r\n")
        # Cut where it would matter to somebody who looks for line ends.
        cuts = [0, *sorted({message.index(b"\r\n") + 1,
                            message.index(b"\r\n\r\n") + 2,
                            len(message) // 2}), len(message)]
        for start, end in zip(cuts, cuts[1:]):
            last = b" LAST" if end == len(message) else b""
            made.send(b"BDAT %d%s\r\n" % (end - start, last) +
                      message[start:end])
        heard = [made.hear()[0] for _ in range(len(cuts) + 1)]
        assert set(heard) == {250}
    made.say("QUIT")
    assert sorted(delivered(strict, len(messages.SMALL))) == \
        sorted(messages.SMALL.values())


@pytest.mark.parametrize("kind", MAILERS)
def test_a_pipelined_group(proxy, behind, kind):
    """Also to one that does not offer it: it gets one command at a time."""
    strict = behind(kind, "none" if kind == "opensmtpd" else "demand")
    _, made, _ = connect(proxy, strict)
    refused = kind != "opensmtpd"
    made.send(b"MAIL FROM:<a@test>\r\nRCPT TO:<refused@test>\r\n"
              b"RCPT TO:<b@test>\r\nDATA\r\n")
    assert [made.hear()[0] for _ in range(4)] == \
        [250, 550 if refused else 250, 250, 354]
    message = messages.dots()
    made.send(senders.stuffed(message) + b".\r\nRSET\r\nQUIT\r\n")
    assert [made.hear()[0] for _ in range(3)] == [250, 250, 221]
    assert delivered(strict, 1)[0] == message


@pytest.mark.parametrize("kind", ["postfix", "exim"])
def test_addresses_in_utf8(proxy, behind, kind):
    strict = behind(kind)
    _, made, _ = connect(proxy, strict)
    assert made.envelope(
        "empfänger@test",
        mail="MAIL FROM:<büro@test> SMTPUTF8 BODY=8BITMIME") == [250, 250]
    message = messages.eight_bit()
    assert made.data(message)[0] == 250
    assert delivered(strict, 1)[0] == message
    strict.until("empfänger@test")


@pytest.mark.parametrize("kind, tls", [
    ("postfix", "demand"), ("exim", "demand"), ("opensmtpd", "none")])
def test_a_notification_that_was_asked_for(proxy, behind, kind, tls):
    """The receiver reports the delivery, with our marks on it; OpenSMTPD
    leaves them out."""
    strict = behind(kind, tls)
    _, made, _ = connect(proxy, strict)
    assert made.say("MAIL FROM:<a@test> RET=HDRS ENVID=QQ314159")[0] == 250
    assert made.say("RCPT TO:<b@test> NOTIFY=SUCCESS "
                    "ORCPT=rfc822;first+2Bname@test")[0] == 250
    assert made.data(messages.dots())[0] == 250
    report, = [m for m in strict.messages(2) if b"Action: delivered" in m]
    if kind != "opensmtpd":
        assert b"QQ314159" in report
        # As text, or still in xtext.
        assert b"first+name@test" in report.replace(b"+2B", b"+")


@pytest.mark.parametrize("kind", MAILERS)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_password(proxy, behind, kind, mechanism):
    strict = behind(kind)
    _, made, keywords = connect(proxy, strict)
    assert mechanism in keywords
    plain, name, word = ("AHVzZXIAb3BlbiBzZXNhbWU=", "dXNlcg==",
                         "b3BlbiBzZXNhbWU=")
    if mechanism == "PLAIN":
        assert made.say("AUTH PLAIN AHVzZXIAd3Jvbmc=")[0] == 535
        assert made.say("AUTH PLAIN " + plain)[0] == 235
    else:
        assert made.say("AUTH LOGIN")[0] == 334
        assert made.say(name)[0] == 334
        assert made.say(word)[0] == 235
    assert made.envelope() == [250, 250]
    assert made.data(messages.dots())[0] == 250
    strict.messages(1)


@pytest.mark.parametrize("kind, tls", [
    ("postfix", "demand"),
    pytest.param("exim", "demand", marks=pytest.mark.full),
    pytest.param("opensmtpd", "none", marks=pytest.mark.full)])
def test_ten_megabytes(proxy, behind, kind, tls):
    strict = behind(kind, tls)
    _, made, _ = connect(proxy, strict)
    message = messages.big()
    assert made.envelope() == [250, 250]
    assert made.data(message)[0] == 250
    assert delivered(strict, 1)[0] == message
