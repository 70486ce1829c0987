# SPDX-License-Identifier: ISC
"""What the tests of explanations share: the tables, a proxy that stays, and
a receiver that answers a hello with anything."""

import pathlib
import re
import shutil
import socket
import ssl
import tempfile
import threading
import time

import pytest

import legacy
import proxy as proxy_module
import sender as senders
import serving


def rows(name):
    """Rows of a table: identifier, and its strings."""
    text = pathlib.Path(legacy.SOURCE, "proxy", name).read_text()
    found = {}
    for match in re.finditer(r"^[A-Z_]+\((\w+), (.*)\)$", text, re.M):
        strings = [string.replace('\\"', '"') for string in
                   re.findall(r'"((?:[^"\\]|\\.)*)"', match.group(2))]
        found[match.group(1)] = strings
    return found


ALERTS = rows("base/alert.def")
REASONS = rows("base/reason.def")
FAILURES = rows("tls/failure.def")
VERDICTS = rows("tls/verify_error.def")
DIALS = rows("net/dial_error.def")


@pytest.fixture(scope="module")
def watched(binary):
    """A proxy that stays, with its log; settings as of the proxy fixture."""
    started = {}

    def start(receiver, *arguments, **settings):
        key = (receiver, arguments, tuple(sorted(settings.items())))
        if key not in started:
            root = tempfile.mkdtemp(prefix="sallyport-", dir="/tmp")
            started[key] = proxy_module.Proxy(
                binary, root, "-d", *arguments, receiver=receiver,
                **settings).until("READY=1")
        made = started[key]
        made.mark = len(made.log())
        return made
    yield start
    for made in started.values():
        made.stop()
        shutil.rmtree(made.root, ignore_errors=True)


def said(between, seconds=15):
    """What a session said, until it ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = between.log()[between.mark:]
        if "session ends" in text:
            time.sleep(0.05)
            return between.log()[between.mark:]
        time.sleep(0.02)
    raise AssertionError(f"no session ended in\n{between.log()}")


def in_units(word):
    """Whether a unit test or a dialogue provokes it instead."""
    tests = pathlib.Path(legacy.SOURCE, "tests")
    return any(re.search(rf"\b{word}\b", path.read_text()) for path in
               [*tests.glob("unit/*.[ch]"), *tests.glob("dialogues/*")]
               if path.is_file())


def explained(text, cause, change):
    assert cause in text, text
    assert change in text, text


def greet(between, seconds=15):
    """A sender that says EHLO and hears what came of it."""
    made = senders.Sender(between.port)
    made.hear()
    try:
        made.say("EHLO client.test")
        made.say("MAIL FROM:<a@test>")
        made.say("QUIT")
    except OSError:
        pass
    made.close()
    return said(between, seconds)


def hello(version=ssl.TLSVersion.TLSv1_2):
    """A client's half of a handshake in memory."""
    context = senders.context()
    context.maximum_version = version
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    made = context.wrap_bio(incoming, outgoing, server_hostname="mx.test")
    with pytest.raises(ssl.SSLWantReadError):
        made.do_handshake()
    return outgoing.read()


def alert(number):
    return bytes([21, 3, 3, 0, 2, 1 if number == 0 else 2, number])


class Answering(serving.Serving):
    """A receiver that greets, takes EHLO and STARTTLS, and answers the hello
    with bytes (None: it closes; 0: it resets; a callable: it decides)."""

    def __init__(self, answer, greet=b"220 mx\r\n", keywords=b"STARTTLS",
                 implicit=False, go=b"220 go\r\n", delay=0):
        self.answer, self.greet, self.keywords = answer, greet, keywords
        self.go, self.delay = go, delay
        self.implicit = implicit
        self.ended = threading.Event()
        self.begin()

    def serve(self, connected):
        with connected:
            try:
                connected.settimeout(20)
                if not self.implicit:
                    self.talk(connected)
                connected.recv(65536)
                self.finish(connected)
            except OSError:
                pass

    def talk(self, connected):
        time.sleep(self.delay)
        connected.sendall(self.greet)
        connected.recv(4096)
        connected.sendall(b"250-mx\r\n250 " + self.keywords + b"\r\n")
        connected.recv(4096)
        connected.sendall(self.go)

    def finish(self, connected):
        if callable(self.answer):
            self.answer(connected, self.ended)
        elif self.answer == 0:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 b"\1\0\0\0\0\0\0\0")
        elif self.answer is not None:
            connected.sendall(self.answer)
            connected.recv(4096)

    def stop(self):
        self.ended.set()
        super().stop()


@pytest.fixture
def answering():
    started = []

    def start(*arguments, **options):
        started.append(Answering(*arguments, **options))
        return started[-1]
    yield start
    for made in started:
        made.stop()
