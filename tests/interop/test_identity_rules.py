# SPDX-License-Identifier: ISC
"""Rules that hang on the hello, and what the receiver was told before it."""

import socket

import pytest

import sender as senders
import serving

CONFIGURATION = """\
hostname = "between.test"
receiver = { tls = "none" }
listener = {
  a = {
    address    = [ "127.0.0.1:PORT" ]
    clients    = [ "127.0.0.0/8" ]
    forward-to = [ "127.0.0.1:FIRST", "127.0.0.1:SECOND" ]
  }
}
rules = (
  { name = "by name"     helo = [ "client.test" ]     receiver = { HELO } },
  { name = "by address"  client = [ "127.0.0.0/8" ]   receiver = { CLIENT } }
)
"""


class Told(serving.Serving):
    """A receiver: the first bytes of each connection, and the lines after a
    header. Refuses the hello, or takes everything."""

    def __init__(self, refuse=False):
        self.first, self.peers, self.refuse = [], [], refuse
        self.begin()

    def serve(self, wire):
        with wire:
            self.peers.append(wire.getpeername()[0])
            wire.settimeout(0.3)
            try:
                header = wire.recv(4096)
            except socket.timeout:
                header = b""
            self.first.append(header[:12])
            wire.settimeout(20)
            wire.sendall(b"220 mx.test\r\n")
            for line in wire.makefile("rb"):
                bad = self.refuse and line.startswith(b"EHLO")
                wire.sendall(b"421 not here\r\n" if bad else
                             b"221 bye\r\n" if line.startswith(b"QUIT") else
                             b"250 XCLIENT ADDR\r\n"
                             if line.startswith(b"EHLO") else b"220 ok\r\n"
                             if line.startswith(b"XCLIENT") else b"250 ok\r\n")


V2 = b"\r\n\r\n\0\r\nQUIT\n"
V1 = b"PROXY TCP4 1"


# The header is the port's: a receiver that was told is told so again, whatever
# rule is found at the hello, and one that was not is not.
@pytest.mark.parametrize("secure", (False, True))
@pytest.mark.parametrize("before, after, first", (
    ("proxy-v2", None, V2), ("proxy-v2", "none", V2), ("proxy-v1", None, V1),
    ("proxy-v2", "xclient", V2), ("none", None, b"")))
def test_what_was_told_first_stays(proxy, before, after, first, secure):
    one, two = Told(refuse=True), Told()
    config = CONFIGURATION.replace("FIRST", str(one.port)).replace(
        "SECOND", str(two.port)).replace(
            "HELO", f'identity = "{after}"' if after else "").replace(
                "CLIENT", f'identity = "{before}"')
    between = proxy(config=config)
    sender = senders.Sender(between.port)
    assert sender.hear()[0] == 220
    assert sender.say("EHLO client.test")[0] == 250
    if secure:
        assert sender.starttls()[0] == 220
        assert sender.say("EHLO client.test")[0] == 250
    assert sender.envelope() == [250, 250]
    sender.say("QUIT")
    again = secure and before == "proxy-v2"
    assert one.first == [first]
    assert two.first == [first] * (2 if again else 1)
    one.stop(), two.stop()


# A receiver may let one address in alone.
def test_where_it_is_dialled_from_stays(proxy):
    one, two = Told(refuse=True), Told()
    config = CONFIGURATION.replace("FIRST", str(one.port)).replace(
        "SECOND", str(two.port)).replace("HELO", "").replace(
            "CLIENT", 'source-address = "127.0.0.9"')
    between = proxy(config=config)
    sender = senders.Sender(between.port)
    assert sender.hear()[0] == 220
    assert sender.say("EHLO client.test")[0] == 250
    assert sender.envelope() == [250, 250]
    sender.say("QUIT")
    assert one.peers + two.peers == ["127.0.0.9"] * 2
    between.line('rule="by name"')
    one.stop(), two.stop()
