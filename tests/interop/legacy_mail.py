# SPDX-License-Identifier: ISC
"""Old mail programs, made of other people's TLS: each sends messages, and
each receives some, by STARTTLS. A cell is a version and a suite; the name
that a sender calls itself tells which."""

import os
import shutil
import subprocess
import tempfile

import gnutls
import legacy
import receiver as receivers
import sender as senders

SECONDS = 300
# A listener before an old receiver at port, with rules.
TO_OLD = """\
limits = {{ handshakes-per-client = 0; }};
listener = {{ old = {{
  address = [ "127.0.0.1:PORT" ];
  forward-to = [ "127.0.0.1:{port}" ];
  receiver = {{ tls = "encrypt"; min-protocol = "ssl3"; min-bits = 40; }};
}}; }};
rules = ( {rules} );
"""


def name_of(size, version, suite):
    return f"{size}.{version:04x}.{suite:04x}.test"


def run(*command):
    """{HELO: reply} of a program that sent messages."""
    result = subprocess.run([str(word) for word in command],
                            capture_output=True, text=True, check=False,
                            timeout=SECONDS)
    return dict(line.split(" ", 1) for line in result.stdout.splitlines()
                if " " in line) or {"": result.stderr}


class Box:
    """A receiver that is a program; messages by the name of the sender."""

    def __init__(self, *command, after=()):
        self.directory = tempfile.mkdtemp(prefix="legacy-box-", dir="/tmp")
        self.server = legacy.Server(*command, self.directory, *after)
        self.port = self.server.port

    def message(self, name):
        try:
            with open(os.path.join(self.directory, name), "rb") as file:
                return b"".join(line[1:] if line.startswith(b".") else line
                                for line in file)
        except FileNotFoundError:
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        shutil.rmtree(self.directory)


class Jsse:
    name = "OpenJDK JSSE"
    versions = {0x0300: "SSLv3", 0x0301: "TLSv1"}
    suites = [suite for suite, names in legacy.SUITES.items() if names[2]]
    sizes = (512, 1024, 2048)

    def __init__(self, **properties):
        self.properties = [f"-D{name.replace('_', '.')}={value}"
                           for name, value in properties.items()]

    def command(self, *words):
        return (legacy.need("java"), "-Djava.security.properties=" +
                os.path.join(legacy.PEERS, "java.security"),
                "-Djdk.tls.useExtendedMasterSecret=false", *self.properties,
                os.path.join(legacy.PEERS, "LegacyPeer.java"), *words)

    def send(self, port, path, cells, prefix=""):
        return run(*self.command("send", port, path), *[
            word for name, version, suite in cells for word in
            (name, prefix + self.versions[version], legacy.SUITES[suite][2])])

    def receiver(self, size, directory):
        return Box(*self.command("receive", legacy.certificate(size),
                                 legacy.pkcs8(size, directory)))


class OpenSsl:
    """1.0.1i, driven in C."""
    name = "OpenSSL 1.0.1i"
    versions = {0x0300: "SSLv3", 0x0301: "TLSv1"}
    suites = list(legacy.SUITES)
    sizes = (512, 1024, 2048)

    @staticmethod
    def command(*words):
        return (legacy.node(), "-e",
                f"require('{legacy.need(legacy.OPENSSL)}')", "--", *words)

    def send(self, port, path, cells, method=None):
        return run(*self.command("send", port, path), *[
            word for name, version, suite in cells for word in
            (name, method or self.versions[version],
             legacy.SUITES[suite][1])])

    def receiver(self, size, _directory, least=0):
        """Connections of less than least bits get 505."""
        return Box(*self.command("receive", legacy.certificate(size)),
                   after=(least,))


class Pike:
    name = "Pike 8.0"
    versions = {0x0300: 0, 0x0301: 1}
    suites = [suite for suite in legacy.SUITES if suite != 0x0006]
    sizes = (512, 1024, 2048)

    @staticmethod
    def command(*words):
        return (legacy.need("pike8.0"),
                os.path.join(legacy.PEERS, "legacy_peer.pike"), *words)

    def send(self, port, path, cells):
        return run(*self.command("send", port, path), *[
            word for name, version, suite in cells for word in
            (name, self.versions[version], suite)])

    def receiver(self, size, _directory):
        return Box(*self.command("receive", legacy.certificate(size)))


class Go:
    name = "Go"
    versions = {0x0301: "0x0301", 0x0302: "0x0302"}
    # To receivers the legacy engine offers TLS 1.0 at most.
    receiver_versions = (0x0301,)
    suites = [0x0005, 0x000a, 0x002f, 0x0035]
    sizes = (1024, 2048)
    program = None

    def command(self, *words):
        go = legacy.need("go")
        if Go.program is None:
            directory = tempfile.mkdtemp(prefix="legacy-go-", dir="/tmp")
            shutil.copy(os.path.join(legacy.PEERS, "legacy_peer.go"),
                        os.path.join(directory, "main.go"))
            program = os.path.join(directory, "legacy_peer")
            subprocess.run(
                [go, "build", "-o", program,
                 os.path.join(directory, "main.go")], check=True, timeout=600,
                env=dict(os.environ, GOCACHE=os.path.join(directory, "cache"),
                         GO111MODULE="off", GOFLAGS="", HOME=directory))
            Go.program = program
        return (Go.program, *words)

    def send(self, port, path, cells):
        replies = {}
        for name, version, suite in cells:
            replies.update(run(*self.command(
                "send", port, path, name, version, suite)))
        return replies

    def receiver(self, size, _directory):
        return Box(*self.command("receive", legacy.certificate(size)))


class GnuTlsBox(receivers.Receiver):
    """Takes what senders called themselves from their connections."""

    def message(self, name):
        for index, seen in enumerate(self.senders()):
            if seen == name and index < len(self.messages):
                return self.messages[index]
        return None

    def senders(self):
        return [seen.lines[0][0].split()[1] for seen in self.connections
                if "." in seen.verbs() or "DATA" in seen.verbs()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class GnuTls:
    name = "GnuTLS"
    versions = {0x0301: "TLS1.0"}
    ciphers = {0x0004: "ARCFOUR-128:+MD5", 0x0005: "ARCFOUR-128:+SHA1",
               0x000a: "3DES-CBC:+SHA1", 0x002f: "AES-128-CBC:+SHA1",
               0x0035: "AES-256-CBC:+SHA1"}
    suites = list(ciphers)
    sizes = (1024, 2048)
    priority = ("NONE:+VERS-TLS1.0:+RSA:+COMP-NULL:+SIGN-ALL:"
                "%VERIFY_ALLOW_BROKEN:+")

    def send(self, port, path, cells):
        with open(path, "rb") as file:
            message = file.read()
        replies = {}
        for name, _version, suite in cells:
            made = senders.Sender(port, tls=gnutls.Context(
                self.priority + self.ciphers[suite]))
            made.hear()
            made.say(f"EHLO {name}")
            made.starttls()
            made.say(f"EHLO {name}")
            made.envelope()
            made.say("DATA")
            made.send(message + b".\r\n")
            replies[name] = made.hear()[1]
            made.say("QUIT")
            made.close()
        return replies

    def receiver(self, size, directory):
        # Its own ciphers in any order, each of which is asked for.
        context = gnutls.Context(
            self.priority + ":+".join(self.ciphers.values()),
            legacy.certificate(size))
        made = GnuTlsBox(directory, tls="demand")
        made.context = context
        return made


PEERS = [Jsse(), OpenSsl(), Pike(), Go(), GnuTls()]
