# SPDX-License-Identifier: ISC
"""Limits, time, the log and the process: each setting changes what happens.
What takes a minute at least is in tests/unit, where time can be moved."""

import json
import os
import pathlib
import pwd
import re
import select
import signal
import socket
import threading
import time

import pytest

import receiver as receivers
import sender as senders
from proxy import log_socket


@pytest.fixture
def behind(receiver):
    return receiver(tls="none")


@pytest.fixture
def between(proxy, behind):
    """A proxy without TLS on either leg, with these settings."""
    def start(*arguments, ahead=None, **settings):
        return proxy(*arguments, receiver=(ahead or behind).port,
                     receiver__tls="none", **settings)
    return start


def begun(started, **options):
    return senders.Sender(started.port, **options).begin()


def told(started, **options):
    return senders.Sender(started.port, **options).hear()[1][:9]


def test_sessions(between):
    started = between(limits__sessions=2)
    kept = [begun(started), begun(started)]
    assert told(started) == "421 4.3.2"
    kept.pop().close()
    started.line("helo=client.test .*reason=")
    assert told(started).startswith("220")


def test_sessions_per_client(between):
    started = between(limits__sessions_per_client=1)
    kept = begun(started)
    assert told(started) == "421 4.7.0"
    assert told(started, source="127.0.0.2").startswith("220")
    kept.close()


def test_sessions_per_network(between):
    started = between(limits__sessions_per_network=1)
    kept = begun(started)
    assert told(started, source="127.0.0.2") == "421 4.7.0"
    assert told(started, source="127.0.1.1").startswith("220")
    kept.close()


def test_sessions_per_receiver(proxy, behind, receiver):
    """One receiver that is busy does not keep senders from another."""
    other = receiver(tls="none")
    started = proxy(config=f"""\
listener = {{
  in = {{
    address    = [ "127.0.0.1:PORT" ]
    forward-to = [ "127.0.0.1:{behind.port}" ]
    receiver   = {{ tls = "none" }}
  }}
}}
rules = ( {{ client = [ "127.0.0.3" ]
            forward-to = [ "127.0.0.1:{other.port}" ] }} )
limits = {{ sessions-per-receiver = 1 }}
""")
    kept = begun(started)
    assert told(started, source="127.0.0.2") == "421 4.3.2"
    assert told(started, source="127.0.0.3").startswith("220")
    kept.close()
    started.line("listener=in client=127.0.0.1:.*reason=")
    assert told(started, source="127.0.0.2").startswith("220")


def test_handshakes_per_client(between):
    started = between(limits__handshakes_per_client=1)
    senders.Sender(started.port).begin(secure=True)
    assert told(started) == "421 4.7.0"
    senders.Sender(started.port, source="127.0.0.2").begin(secure=True)


def test_commands(between):
    for limit, wanted in ((5, 421), (100, 250)):
        made = begun(between(limits__commands=limit))
        codes = [made.say("NOOP")[0] for _ in range(6)]
        assert wanted in codes[3:], codes


def test_errors(between):
    for limit, wanted in ((3, 421), (20, 500)):
        made = begun(between(limits__errors=limit))
        assert [made.say("FROB")[0] for _ in range(4)][2:].count(wanted) > 0


def test_recipients(between):
    made = begun(between(limits__recipients=100))
    assert made.say("MAIL FROM:<a@test>")[0] == 250
    codes = [made.say(f"RCPT TO:<b{n}@test>")[0] for n in range(101)]
    assert codes == [250] * 100 + [452]


class Deaf(receivers.Dialogue):
    """Asks for content and reads none of it."""

    def do_data(self, text):
        self.say("354 go ahead")
        self.receiver.stall["content"].wait(60)


def stuff(made):
    """Sends content until nobody takes more of it."""
    made.envelope()
    made.say("DATA")
    made.socket.settimeout(0.2)
    try:
        while True:
            made.send(b"x" * 998 + b"\r\n")
    except socket.timeout:
        return made


def test_memory(between, receiver):
    """What is buffered in all; who comes then is told to come later."""
    deaf = receiver(tls="none", dialogue=Deaf,
                    stall={"content": threading.Event()})
    for size, wanted in (("1M", "421 4.3.2"), ("256M", "220 mx.te")):
        started = between(ahead=deaf, limits__memory=size,
                          timeouts__drain="0s")
        kept = []
        while len(kept) < 12 and told(started).startswith("220"):
            kept.append(stuff(begun(started)))
        assert told(started) == wanted
        for one in kept:
            one.close()
    deaf.stall["content"].set()


@pytest.mark.full
def test_minimum_rate(between):
    """Over the first whole minute of content. One drips with a limit, one
    without."""
    dripping = []
    for rate in ("100K", "0"):
        made = begun(between(limits__minimum_rate=rate, timeouts__drain="0s"))
        made.envelope()
        assert made.say("DATA")[0] == 354
        dripping.append(made)
    limited, free = dripping
    end = time.monotonic() + 130
    while not select.select([limited.socket], [], [], 1)[0]:
        assert time.monotonic() < end
        limited.send(b"slow\r\n")
        free.send(b"slow\r\n")
    assert limited.hear()[0] == 421
    free.send(b".\r\n")
    assert free.hear()[0] == 250


@pytest.mark.full
def test_session(between):
    """Whatever a session does meanwhile."""
    made = begun(between(timeouts__session="60s", limits__commands=0))
    began = time.monotonic()
    while made.say("NOOP")[0] == 250:
        assert time.monotonic() - began < 70
        time.sleep(2)
    assert time.monotonic() - began > 55


def wait(made, code):
    """The reply that comes by itself; how long it took."""
    began = time.monotonic()
    try:
        reply = made.hear()
    except ConnectionResetError:
        reply = 0, ""
    made.close()
    assert reply[0] == code, reply
    return time.monotonic() - began


def test_connect(between):
    """To a port whose queue of connections is full, which does not answer."""
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    full = []
    for _ in range(2):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(deaf.getsockname())
        full.append(one)

    class Ahead:
        port = deaf.getsockname()[1]
    made = senders.Sender(between(ahead=Ahead, timeouts__connect="1s").port)
    assert 0.5 < wait(made, 421) < 10
    for one in [*full, deaf]:
        one.close()


@pytest.mark.parametrize("word, name, wanted", [
    ("banner", "greeting", 421), ("EHLO", "command", 421),
    ("MAIL", "command", 421), ("DATA", "content_block", 421),
    (".", "end_of_content", 451)])
def test_waiting_for_a_receiver(between, receiver, word, name, wanted):
    """timeouts.greeting, command, content-block, end-of-content."""
    never = threading.Event()
    slow = receiver(tls="none", stall={word: never})
    started = between(ahead=slow, **{f"timeouts__{name}": "1s"})
    made = senders.Sender(started.port)
    said = {"EHLO": b"EHLO client.test\r\n",
            "MAIL": b"MAIL FROM:<a@test>\r\n", "DATA": b"DATA\r\n"}
    if word not in ("banner", "EHLO"):
        made.begin()
    elif word == "EHLO":
        made.hear()
    if word in ("DATA", "."):
        assert made.envelope() == [250, 250]
    if word == ".":
        assert made.say("DATA")[0] == 354
    made.send(said.get(word, b"x\r\n.\r\n" if word == "." else b""))
    assert 0.5 < wait(made, wanted) < 10
    never.set()


def test_handshake(between):
    started = between(timeouts__handshake="1s")
    made = begun(started)
    assert made.say("STARTTLS")[0] == 220
    assert 0.5 < wait(made, 0) < 10
    assert started.session()["reason"] == "sender-tls-failed"


def test_idle(between):
    started = between(timeouts__idle="1s")
    made = begun(started)
    assert 0.5 < wait(made, 421) < 10


def test_drain(between):
    """What is left of a session when it is over is cut."""
    started = between(timeouts__drain="1s")
    made = begun(started)
    made.envelope()
    assert made.say("DATA")[0] == 354
    started.signal(signal.SIGTERM)
    began = time.monotonic()
    assert started.process.wait(10) == 0
    assert 0.5 < time.monotonic() - began < 8
    assert "timeouts.drain is over" in started.log()


def test_log_destination_and_file(between, root):
    path = root / "log"
    started = between(log__destination="file", log__file=path)
    begun(started).say("QUIT")
    end = time.monotonic() + 10
    while "reason=quit" not in path.read_text():
        assert time.monotonic() < end
    assert "reason=" not in started.log()
    other = between(log__destination="stderr")
    begun(other).say("QUIT")
    other.line("reason=quit")


@pytest.mark.parametrize("word, wanted", [
    ("syslog", r"<22>.*reason=quit"), ("journal", r"(?s).*REASON=quit\n")])
def test_log_to_a_socket(between, root, word, wanted):
    heard, prefix = log_socket(word, root / "socket")
    begun(between(log__destination=word, prefix=prefix)).say("QUIT")
    text = ""
    while "quit" not in text:
        text = heard.recv(65536).decode(errors="replace")
    heard.close()
    assert re.match(wanted, text), text


def test_log_format(between):
    for word in ("json", "text"):
        started = between(log__format=word)
        begun(started).say("QUIT")
        line = started.line("reason.*quit")
        assert line.startswith("{") == (word == "json")
        if word == "json":
            assert json.loads(line)["reason"] == "quit"


@pytest.mark.parametrize("word, mixed, reason", [
    ("error", False, False), ("warning", True, False), ("info", True, True),
    ("debug", True, True)])
def test_log_level(between, word, mixed, reason):
    started = between(log__level=word)
    senders.Sender(started.port).begin(secure=True).say("QUIT")
    assert started.stop() == 0
    assert ("its receiver is forwarded to in plaintext" in started.log()) == \
        mixed
    assert ("reason=quit" in started.log()) == reason
    for told in ('policy, at the connection: listener command-line, rule '
                 '"default" (command line) applies',
                 "the receiver is 127.0.0.1, at 127.0.0.1:",
                 "TLS with the sender 127.0.0.1:"):
        assert (told in started.log()) == (word == "debug"), told


def test_hostname(between):
    """In our own replies, and the certificate that is made at start."""
    started = between(hostname="relay.test", limits__sessions=1)
    made = senders.Sender(started.port).begin(secure=True)
    shown = made.socket.getpeercert(True)
    assert b"relay.test" in shown
    assert senders.Sender(started.port).hear()[1].split(" ")[2] == \
        "relay.test"


def ids(started, which):
    status = pathlib.Path(f"/proc/{started.process.pid}/status").read_text()
    return re.search(rf"{which}:\t(\d+)\t(\d+)", status).groups()


def test_user_and_group(between):
    if os.geteuid() != 0:
        pytest.skip("there is no root to give up")
    nobody = pwd.getpwnam("nobody")
    started = between(user="nobody")
    assert ids(started, "Uid") == (str(nobody.pw_uid),) * 2
    assert ids(started, "Gid") == (str(nobody.pw_gid),) * 2
    other = between(user="nobody", group="daemon")
    assert ids(other, "Uid") == (str(nobody.pw_uid),) * 2
    assert ids(other, "Gid") == ("1", "1")
