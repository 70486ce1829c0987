# SPDX-License-Identifier: ISC
"""A receiver that fails at one step of the dialogue, in one way."""

import socket
import ssl
import struct
import threading

from ledger import Connection

STEPS = ("banner", "ehlo", "starttls", "handshake", "ehlo-tls", "mail", "rcpt",
         "data", "content", "end", "quit")
FAULTS = ("refuse", "forbid", "leave", "close", "reset", "babble", "half",
          "stall", "twice")


class Gone(Exception):
    """The connection is over, by the fault."""


class Receiver:
    def __init__(self, certificates, tls):
        self.tls = tls
        self.step = self.fault = None
        self.connections, self.threads = [], []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(
            certificates / "mx.pem", certificates / "mx.key")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connected, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(
                target=self.serve, args=(connected,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def fails(self, step=None, fault=None):
        """From now on, and with a clean page."""
        self.step, self.fault = step, fault
        self.connections, self.threads = [], []

    def settle(self):
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive(), "a connection was left open"
        return self.connections

    def stop(self):
        self.listener.close()

    def serve(self, connected):
        seen = Connection()
        self.connections.append(seen)
        connected.settimeout(15)
        dialogue = Dialogue(self, seen, connected)
        try:
            dialogue.run()
        except (Gone, OSError, ssl.SSLError):
            pass
        finally:
            dialogue.file.close()
            dialogue.socket.close()


class Dialogue:
    def __init__(self, receiver, seen, connected):
        self.receiver, self.seen, self.socket = receiver, seen, connected
        self.secure = False
        self.file = connected.makefile("rb")

    def say(self, step, reply):
        """The reply, or the fault of this step in its place."""
        if step == self.receiver.step:
            reply = getattr(self, self.receiver.fault)(reply)
        self.seen.replies[step] = int(reply[:3])
        self.socket.sendall(reply.encode() + b"\r\n")
        return reply[0] in "23"

    # The faults: each gives what is said, or ends the connection.

    def refuse(self, reply):
        return "451 4.3.0 not now"

    def forbid(self, reply):
        return "554 5.3.0 never"

    def leave(self, reply):
        self.seen.replies[self.receiver.step] = 421
        self.socket.sendall(b"421 4.3.2 leaving\r\n")
        self.close(reply)

    def close(self, reply):
        self.file.close()
        self.socket.close()
        raise Gone

    def reset(self, reply):
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close(reply)

    def babble(self, reply):
        self.socket.sendall(b"\x00\xff this is no reply\r\n")
        self.drain()

    def half(self, reply):
        self.socket.sendall(b"250-half a rep")
        self.close(reply)

    def stall(self, reply):
        self.drain()

    def twice(self, reply):
        self.seen.replies[self.receiver.step] = int(reply[:3])
        self.socket.sendall(reply.encode() + b"\r\n")
        return reply

    def drain(self):
        while self.socket.recv(65536):
            pass
        raise Gone

    def read_line(self):
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise Gone
        return line

    def run(self):
        self.say("banner", "220 mx.test ESMTP")
        while True:
            verb = self.read_line().split()[:1]
            act = getattr(self, "do_" + verb[0].decode().lower())
            act()

    def do_ehlo(self):
        if self.secure:
            self.say("ehlo-tls", "250-mx.test\r\n250 PIPELINING")
        elif self.receiver.tls:
            self.say("ehlo", "250-mx.test\r\n250 STARTTLS")
        else:
            self.say("ehlo", "250-mx.test\r\n250 PIPELINING")

    def do_helo(self):
        self.say("helo", "250 mx.test")

    def do_starttls(self):
        if not self.say("starttls", "220 go"):
            return
        if self.receiver.step == "handshake":
            getattr(self, self.receiver.fault)("000")
        self.socket = self.receiver.context.wrap_socket(
            self.socket, server_side=True)
        self.file = self.socket.makefile("rb")
        self.secure = True

    def do_mail(self):
        self.say("mail", "250 2.1.0 ok")

    def do_rcpt(self):
        self.say("rcpt", "250 2.1.5 ok")

    def do_data(self):
        if not self.say("data", "354 go"):
            return
        first = True
        while True:
            line = self.read_line()
            self.seen.got_content = True
            if line == b".\r\n":
                break
            self.seen.content += line[1:] if line[:1] == b"." else line
            if first and self.receiver.step == "content":
                self.say("content", "250 2.0.0 too early")
            first = False
        self.seen.got_end = True
        self.say("end", "250 2.0.0 taken")

    def do_rset(self):
        self.say("rset", "250 2.0.0 ok")

    def do_quit(self):
        self.say("quit", "221 2.0.0 bye")
        self.drain()
