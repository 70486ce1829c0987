# SPDX-License-Identifier: ISC
"""What sallyport does when it is to end while peers take no leave."""

import signal
import socket
import threading
import time

import pytest

import sender as senders


class Staying:
    """A receiver in plaintext that answers from a table and never closes."""

    def __init__(self, **replies):
        self.replies = {"EHLO": "250-mx.test\r\n250 STARTTLS",
                        "STARTTLS": "454 4.7.0 not now", **replies}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connected, self.end = None, threading.Event()
        self.ended = threading.Event()  # it has the end of a message
        self.how = None  # it saw the connection end
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        self.connected, _ = self.listener.accept()
        self.connected.sendall(b"220 mx.test\r\n")
        data = b""
        try:
            while True:
                more = self.connected.recv(65536)
                if not more:
                    self.how = "fin"
                    break
                data += more
                while b"\r\n" in data:
                    line, data = data.split(b"\r\n", 1)
                    verb = line.split(b" ")[0].decode()
                    if verb == ".":
                        self.ended.set()
                    if verb in self.replies or not line.startswith(b"x"):
                        self.connected.sendall(self.replies.get(
                            verb, "250 ok").encode() + b"\r\n")
        except ConnectionResetError:
            self.how = "reset"
        self.end.set()

    def stop(self):
        self.listener.close()
        if self.connected:
            self.connected.close()


@pytest.fixture
def staying():
    started = []

    def start(**replies):
        started.append(Staying(**replies))
        return started[-1]
    yield start
    for made in started:
        made.stop()


def begin(between):
    made = senders.Sender(between.port)
    made.hear()
    assert made.say("EHLO client.test")[0] == 250
    return made


def ends_within(between, seconds):
    began = time.monotonic()
    assert between.process.wait(seconds) == 0
    return time.monotonic() - began


def test_a_receiver_that_stays_does_not_keep_sallyport(proxy, staying):
    behind = staying(MAIL="250 ok\r\n421 4.3.2 leaving")
    between = proxy(receiver=behind.port, receiver__tls="may")
    made = begin(between)
    assert made.say("MAIL FROM:<a@test>")[0] == 250
    assert made.say("RCPT TO:<b@test>")[0] == 421
    between.session()
    between.signal(signal.SIGTERM)
    assert behind.end.wait(5) and behind.how == "fin"
    ends_within(between, 6)
    assert "stopped after 1 sessions" in between.log()


def test_a_sender_that_stays_does_not_keep_sallyport(proxy, staying):
    between = proxy(receiver=staying().port, receiver__tls="may")
    made = begin(between)
    between.signal(signal.SIGTERM)
    between.until("STOPPING=1")
    assert made.say("NOOP")[0] == 421
    assert made.hear()[0] == 0
    ends_within(between, 6)
    made.close()


def test_a_second_sigterm_cuts_even_last_words(proxy, staying):
    between = proxy(receiver=staying().port, receiver__tls="may")
    made = begin(between)
    assert made.say("QUIT")[0] == 250
    between.session()
    between.signal(signal.SIGTERM)
    between.until("STOPPING=1")
    between.signal(signal.SIGTERM)
    assert ends_within(between, 5) < 1.5


def test_a_message_whose_outcome_is_cut_off_has_its_line(proxy, staying):
    # Its word on the message never ends.
    behind = staying(DATA="354 go", **{".": "250-queued"})
    between = proxy(receiver=behind.port, receiver__tls="may")
    made = begin(between)
    assert made.envelope() == [250, 250]
    assert made.say("DATA")[0] == 354
    made.send(b"x all of it\r\n.\r\n")
    assert behind.ended.wait(5)
    between.signal(signal.SIGTERM)
    between.until("STOPPING=1")
    between.signal(signal.SIGTERM)
    ends_within(between, 5)
    assert "outcome=unknown" in between.log()
    assert "reason=shutdown" in between.log()


def test_a_message_that_is_cut_is_not_closed_as_if_it_was_whole(
        proxy, staying):
    behind = staying(DATA="354 go")
    between = proxy(receiver=behind.port, receiver__tls="may")
    made = begin(between)
    assert made.envelope() == [250, 250]
    assert made.say("DATA")[0] == 354
    made.send(b"x half a message\r\n" * 5)
    between.signal(signal.SIGTERM)
    between.until("STOPPING=1")
    between.signal(signal.SIGTERM)
    ends_within(between, 5)
    assert behind.end.wait(5) and behind.how == "reset"
