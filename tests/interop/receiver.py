# SPDX-License-Identifier: ISC
"""A receiver whose every habit can be set, and who remembers what it was
told: who is to judge what the proxy did needs the other side's word."""

import base64
import socket
import ssl
import threading
import time

import serving

REPLIES = {
    "NOOP": "250 2.0.0 ok",
    "RSET": "250 2.0.0 ok",
    "VRFY": "252 2.5.0 perhaps",
}


def plain(address):
    """An IPv4 address as one, where a socket for both families has it."""
    return address.removeprefix("::ffff:")


class Connection:
    """What one connection saw."""

    def __init__(self, connected):
        self.peer, self.port = connected.getpeername()[:2]
        self.peer = plain(self.peer)
        self.local = plain(connected.getsockname()[0])
        self.lines = []      # (line, under TLS)
        self.protocol = None
        self.bits = 0
        self.handshakes = 0
        self.hello = b""     # the first record of the last handshake
        self.name = None     # asked for by SNI
        self.certificate = None

    def verbs(self):
        return [line.split()[0].upper() if line.split() else ""
                for line, _ in self.lines]


class Receiver(serving.Serving):
    """tls: none, unoffered (but there), offer or demand (530 to MAIL; words
    with demand_reply).
    forgets: after its first TLS session it answers MAIL as if there was
    none. weak_bits: TLS below so many bits does not count. both:
    address is of IPv6, and IPv4 is taken at its port too."""

    def __init__(self, certificates, tls="offer", implicit=False,
                 demand_reply="530 5.7.0 Must issue a STARTTLS command first",
                 forgets=0, keywords=("PIPELINING", "8BITMIME"),
                 password=None, replies=None, stall=None, dialogue=None,
                 address=("127.0.0.1", 0), both=False, banner=None,
                 prepare=None):
        self.tls, self.implicit = tls, implicit
        self.demand_reply, self.forgets = demand_reply, forgets
        self.keywords, self.password = keywords, password
        self.replies = dict(REPLIES, **(replies or {}))
        # verb, "." or "banner" -> threading.Event to wait for
        self.stall = stall or {}
        self.banner = banner or "220 mx.test ESMTP"
        self.dialogue = dialogue or Dialogue
        self.refuse_starttls = False
        self.messages, self.envelopes = [], []
        self.connections = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(
            certificates / "mx.pem", certificates / "mx.key")
        if prepare is not None:
            prepare(self.context)  # its TLS is not everyone's
        self.lock = threading.Lock()
        self.begin(socket.create_server(
            address, backlog=512, dualstack_ipv6=both,
            family=socket.AF_INET6 if both else socket.AF_INET))

    def until(self, count, seconds, log):
        """Waits for count messages; log tells what there was instead."""
        end = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < end, \
                f"{len(self.messages)} of {count} messages\n{log()}"
            time.sleep(0.02)

    def serve(self, connected):
        connected.settimeout(30)
        dialogue = None
        try:
            seen = Connection(connected)
            self.connections.append(seen)
            dialogue = self.dialogue(self, seen, connected)
            dialogue.run()
        except (OSError, EOFError, ssl.SSLError):
            pass
        finally:
            # Under TLS it is another socket, which its file keeps open.
            if dialogue is not None and dialogue.file is not None:
                dialogue.file.close()
                dialogue.socket.close()
            connected.close()


class Dialogue:
    def __init__(self, receiver, seen, connected):
        self.receiver, self.seen, self.socket = receiver, seen, connected
        self.secure = False
        self.envelope = None
        self.authenticated = False
        self.chunks = b""
        self.file = None

    def note_name(self, _, name, __):
        self.seen.name = name

    def start_tls(self):
        self.seen.hello = self.socket.recv(4096, socket.MSG_PEEK)
        self.receiver.context.sni_callback = self.note_name
        self.socket = self.receiver.context.wrap_socket(
            self.socket, server_side=True)
        self.file = self.socket.makefile("rb")
        self.secure = True
        self.seen.handshakes += 1
        self.seen.protocol = self.socket.version()
        self.seen.bits = self.socket.cipher()[2]
        self.seen.certificate = self.socket.getpeercert(True)

    def say(self, *lines):
        for i, line in enumerate(lines):
            if len(lines) > 1:
                mark = "-" if i < len(lines) - 1 else " "
                line = line[:3] + mark + line[4:]
            self.socket.sendall(line.encode() + b"\r\n")

    def run(self):
        self.file = self.socket.makefile("rb")
        if self.receiver.implicit:
            self.start_tls()
        if "banner" in self.receiver.stall:
            self.receiver.stall["banner"].wait(30)
        self.say(self.receiver.banner)
        while True:
            line = self.file.readline()
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.seen.lines.append((text, self.secure))
            verb = text.split(" ")[0].upper()
            if verb in self.receiver.stall:
                self.receiver.stall[verb].wait(30)
            if self.act(verb, text) is False:
                return

    def act(self, verb, text):
        act = getattr(self, "do_" + verb.lower(), None)
        if act is not None:
            return act(text)
        self.say(self.receiver.replies.get(verb, "500 5.5.2 what?"))
        return True

    def do_ehlo(self, text):
        keywords = list(self.receiver.keywords)
        if self.receiver.tls not in ("none", "unoffered") and \
                not self.secure:
            keywords.append("STARTTLS")
        if self.receiver.password is not None:
            keywords.append("AUTH PLAIN LOGIN")
        self.say(*["250 " + word for word in ["mx.test", *keywords]])

    def do_helo(self, text):
        self.say("250 mx.test")

    def do_starttls(self, text):
        if self.receiver.tls == "none" or self.secure:
            self.say("503 5.5.1 no")
            return
        if self.receiver.refuse_starttls:
            self.say("454 4.7.0 TLS not available")
            return
        self.say("220 SMTP server ready")
        self.start_tls()

    def do_mail(self, text):
        with self.receiver.lock:
            forgets = self.secure and self.receiver.forgets > 0
            if forgets:
                self.receiver.forgets -= 1
        if (self.receiver.tls == "demand" and not self.secure) or forgets:
            self.say(self.receiver.demand_reply)
            return
        self.envelope = {"mail": text, "rcpt": [], "tls": self.secure,
                         "authenticated": self.authenticated}
        self.say("250 2.1.0 sender ok")

    def do_rcpt(self, text):
        if self.envelope is None:
            self.say("503 5.5.1 MAIL first")
            return
        if "refused@" in text:
            self.say("550 5.1.1 no such user")
            return
        self.envelope["rcpt"].append(text)
        self.say("250 2.1.5 recipient ok")

    def do_rset(self, text):
        self.envelope = None
        self.say("250 2.0.0 ok")

    def accept(self, content):
        with self.receiver.lock:
            self.receiver.messages.append(content)
            self.receiver.envelopes.append(self.envelope)
            number = len(self.receiver.messages)
        self.envelope = None
        self.say(f"250 2.0.0 Ok: queued as Q{number}")

    def do_data(self, text):
        if self.envelope is None or not self.envelope["rcpt"]:
            self.say("554 5.5.1 no valid recipients")
            return
        self.say("354 go ahead")
        content = []
        while True:
            line = self.file.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            if line == b".\r\n":
                break
            content.append(line[1:] if line.startswith(b".") else line)
        if "." in self.receiver.stall:
            self.receiver.stall["."].wait(30)
        self.accept(b"".join(content))

    def do_bdat(self, text):
        parts = text.split()
        chunk = self.file.read(int(parts[1]))
        if len(chunk) < int(parts[1]):
            raise EOFError
        self.chunks += chunk
        if len(parts) > 2:
            content, self.chunks = self.chunks, b""
            self.accept(content)
        else:
            self.say("250 2.0.0 chunk ok")

    def do_auth(self, text):
        parts = text.split()
        if parts[1].upper() == "PLAIN":
            given = parts[2] if len(parts) > 2 else self.ask("")
        else:
            if len(parts) < 3:
                self.ask("VXNlcm5hbWU6")
            given = self.ask("UGFzc3dvcmQ6")
        if given == "*":
            self.say("501 5.7.0 as you like")
            return
        try:
            words = base64.b64decode(given).decode().split("\0")
        except ValueError:
            words = [""]
        self.authenticated = words[-1] == self.receiver.password
        self.say("235 2.7.0 welcome" if self.authenticated
                 else "535 5.7.8 wrong")

    def ask(self, challenge):
        self.say("334 " + challenge)
        return self.file.readline().decode().strip()

    def do_quit(self, text):
        self.say("221 2.0.0 bye")
        return False
