# SPDX-License-Identifier: ISC
"""Real programs as senders: what they were given arrives at a receiver that
demands TLS, whatever TLS they speak themselves."""

import pytest

import mailer
import messages
import programs

MAILERS = ("postfix", "exim", "opensmtpd")
SENDERS = MAILERS + tuple(programs.PROGRAMS)
SPOKEN = ("plain", "starttls", "implicit")
SAMPLE = {("postfix", "plain"), ("postfix", "starttls"),
          ("exim", "plain"), ("exim", "starttls"), ("exim", "implicit"),
          ("opensmtpd", "starttls"), ("swaks", "implicit"),
          ("swaks-pipelining", "starttls"), ("curl", "starttls")}
KEYWORDS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN",
            "SIZE 60000000")


def pairs():
    for kind in SENDERS:
        for spoken in SPOKEN:
            marks = () if (kind, spoken) in SAMPLE else (pytest.mark.full,)
            yield pytest.param(kind, spoken, marks=marks)


@pytest.fixture
def send(proxy, mailers):
    """Starts sallyport in front of strict; a function that sends to it, and
    the proxy."""
    def start(kind, strict, spoken="starttls", password=False, **settings):
        if spoken == "implicit":
            settings["sender__implicit_tls"] = "true"
        if kind == "opensmtpd":
            settings["timeouts__drain"] = "1s"  # it keeps sessions open
        between = proxy(receiver=strict.port, **settings)
        if kind in programs.PROGRAMS:
            return between, lambda message: programs.send(
                kind, between.port, message, spoken, password)
        origin = mailers(kind, "none", relay=between.port, spoken=spoken,
                         password=password)
        return between, lambda message, *more: origin.send(
            message, "a@test", ["b@test"], *more)
    return start


def arrived(strict, count, between, seconds=30):
    strict.until(count, seconds, between.log)
    # What a server puts before the message it was given is its own.
    return [m[m.index(b"From: <a@test>\r\n"):] for m in strict.messages]


@pytest.mark.parametrize("kind, spoken", pairs())
def test_messages_arrive_byte_for_byte(send, receiver, kind, spoken):
    strict = receiver(tls="demand", keywords=KEYWORDS)
    between, give = send(kind, strict, spoken)
    for message in messages.SMALL.values():
        give(message)
    # Each in a session of its own, which may be at the same time.
    came = arrived(strict, len(messages.SMALL), between)
    assert sorted(came) == sorted(messages.SMALL.values())
    assert all(e["tls"] for e in strict.envelopes)
    if kind == "opensmtpd":
        return  # it waits for more messages, in the same session
    line = between.session()
    assert line["reason"] == "quit", between.log()
    assert (line["sender-tls"] == "none") == (spoken == "plain")


def test_exim_sends_chunks(send, receiver):
    strict = receiver(tls="demand", keywords=KEYWORDS)
    between, give = send("exim", strict)
    give(messages.dots())
    assert arrived(strict, 1, between) == [messages.dots()]
    assert "BDAT" in strict.connections[0].verbs()


@pytest.mark.parametrize("kind", SENDERS)
def test_a_password(send, receiver, kind):
    strict = receiver(tls="demand", password=mailer.PASSWORD,
                      keywords=KEYWORDS)
    between, give = send(kind, strict, password=True)
    give(messages.dots())
    arrived(strict, 1, between)
    assert strict.envelopes[0]["authenticated"]


def test_postfix_asks_for_notifications_and_utf8(send, receiver):
    strict = receiver(tls="demand", keywords=KEYWORDS)
    between, give = send("postfix", strict)
    give(messages.head("utf8").replace(b"<b@test>", "<bä@test>".encode()) +
         b"\r\nx\r\n", "-O", "SMTPUTF8", "-N", "success,delay", "-V",
         "QQ314159", "empfänger@test")
    strict.until(1, 30, between.log)
    seen = strict.connections[0].lines
    mail, = [line for line, _ in seen if line.startswith("MAIL")]
    recipients = [line for line, _ in seen if line.startswith("RCPT")]
    assert "SMTPUTF8" in mail and "ENVID=QQ314159" in mail
    assert any("empfänger@test" in line and "NOTIFY=SUCCESS,DELAY" in line
               for line in recipients)


@pytest.mark.parametrize("kind", [
    "postfix", *(pytest.param(kind, marks=pytest.mark.full)
                 for kind in ("exim", "opensmtpd", "swaks", "curl"))])
def test_ten_megabytes(send, receiver, kind):
    strict = receiver(tls="demand", keywords=KEYWORDS)
    between, give = send(kind, strict)
    give(messages.big())
    assert arrived(strict, 1, between, 60) == [messages.big()]


@pytest.mark.parametrize("origin, goal, tls", [
    ("postfix", "postfix", "demand"), ("postfix", "exim", "demand"),
    ("exim", "postfix", "demand"), ("opensmtpd", "exim", "demand"),
    ("postfix", "opensmtpd", "none"),
    *(pytest.param(origin, goal, tls, marks=pytest.mark.full)
      for origin, goal, tls in (
          ("exim", "exim", "demand"), ("opensmtpd", "postfix", "demand"),
          ("exim", "opensmtpd", "none"), ("opensmtpd", "opensmtpd", "none"),
          ("swaks", "postfix", "demand"), ("swaks", "opensmtpd", "none"),
          ("swaks", "exim", "implicit"), ("curl", "postfix", "implicit")))])
def test_one_mail_server_to_another(send, mailers, origin, goal, tls):
    strict = mailers(goal, tls)
    settings = {"receiver__tls": "none"} if tls == "none" else {}
    if tls == "implicit":
        settings["receiver__implicit_tls"] = "true"
    between, give = send(origin, strict, **settings)
    for message in messages.SMALL.values():
        give(message)
    stored = strict.messages(len(messages.SMALL), 30)
    assert sorted(messages.as_delivered(m) for m in stored) == \
        sorted(messages.SMALL.values()), between.log()
