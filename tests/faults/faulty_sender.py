# SPDX-License-Identifier: ISC
"""A sender of one message, that fails at one step, in one way."""

import socket
import ssl
import struct

from ledger import Attempt

STEPS = ("banner", "ehlo", "mail", "rcpt", "data", "content", "dot", "end")
FAULTS = ("close", "reset", "half_close", "stall", "babble")
# Large enough to be under way on both legs at once, dots in all places.
CONTENT = b"".join(
    b"%s line %d of a message that is to arrive whole\r\n" %
    ([b"", b".", b".."][n % 3], n) for n in range(4000))


class Gone(Exception):
    """The connection is over."""


class Sender:
    def __init__(self, port, step=None, fault=None, tls=False):
        self.step, self.fault, self.tls = step, fault, tls
        self.attempt = Attempt(CONTENT)
        self.socket = socket.create_connection(("127.0.0.1", port), 15)
        self.socket.settimeout(15)
        self.bytes = b""

    def fail(self, step):
        if step == self.step:
            getattr(self, self.fault)()

    def close(self):
        self.socket.close()
        raise Gone

    def reset(self):
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)
        self.hear(self.attempt.asked)
        raise Gone

    def stall(self):
        self.hear(self.attempt.asked)
        raise Gone

    def babble(self):
        self.attempt.babbled = True
        self.socket.sendall(b"\x00\x01\xff babble \r\n")

    def hear(self, asked):
        """One whole reply; raises Gone when the connection ended."""
        text = ""
        self.attempt.asked = asked
        while True:
            while b"\n" not in self.bytes:
                try:
                    more = self.socket.recv(65536)
                except ConnectionResetError:
                    more = b""
                if not more:
                    self.attempt.told, self.attempt.text = 0, text
                    raise Gone
                self.bytes += more
            line, self.bytes = self.bytes.split(b"\n", 1)
            text += line.decode("utf-8", "replace") + "\n"
            if line[3:4] != b"-":
                self.attempt.told, self.attempt.text = int(line[:3]), text
                return self.attempt.told

    def say(self, line, asked, good):
        self.socket.sendall(line + b"\r\n")
        if self.hear(asked) != good:
            raise Gone

    def secure(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.say(b"STARTTLS", "starttls", 220)
        self.socket = context.wrap_socket(
            self.socket, suppress_ragged_eofs=True)
        self.say(b"EHLO client.test", "ehlo", 250)

    def dialogue(self):
        if self.hear("banner") != 220:
            raise Gone
        self.fail("banner")
        self.say(b"EHLO client.test", "ehlo", 250)
        if self.tls:
            self.secure()
        self.fail("ehlo")
        self.say(b"MAIL FROM:<a@client.test>", "mail", 250)
        self.fail("mail")
        self.say(b"RCPT TO:<b@mx.test>", "rcpt", 250)
        self.fail("rcpt")
        self.say(b"DATA", "data", 354)
        self.fail("data")
        self.content()
        self.fail("end")
        self.hear(".")
        self.socket.sendall(b"QUIT\r\n")

    def content(self):
        stuffed = b"".join(b"." + line if line[:1] == b"." else line
                           for line in CONTENT.splitlines(keepends=True))
        half = len(stuffed) // 2
        self.attempt.asked = "."
        self.socket.sendall(stuffed[:half])
        self.fail("content")
        self.socket.sendall(stuffed[half:])
        self.fail("dot")
        self.attempt.sent_whole = True
        self.socket.sendall(b".\r\n")

    def run(self):
        try:
            self.dialogue()
        except Gone:
            pass
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.late_reply()
        finally:
            self.socket.close()
        return self.attempt

    def late_reply(self):
        """What the proxy said while we could not write any more."""
        try:
            self.hear(self.attempt.asked)
        except (Gone, OSError, ssl.SSLError):
            pass
