# SPDX-License-Identifier: ISC
"""What the mail servers of these tests have in common: each is started in a
directory of its own, takes mail for anybody at test, keeps it in a maildir,
and knows one user.

tls: none, offer, demand (530 to MAIL without it) or implicit."""

import os
import pathlib
import time

import proxy
import sender as senders

USER, PASSWORD = "user", "open sesame"
LEVELS = ("none", "offer", "demand", "implicit")
# Where mailers.sh has put those that are not installed.
PEERS = pathlib.Path(os.environ.get("SALLYPORT_PEERS") or pathlib.Path(
    os.environ.get("builddir", ".")) / "peers").resolve()


class Mailer:
    keywords = ()  # what it offers after TLS, beside SIZE and 8BITMIME

    def __init__(self, root, certificates, tls="demand", port=None):
        self.root = pathlib.Path(root)
        self.certificates = certificates
        self.tls = tls
        self.port = port or proxy.free_port()
        self.root.mkdir(parents=True)

    def log(self):
        raise NotImplementedError

    def new(self):
        """The folder that messages are delivered to."""
        raise NotImplementedError

    def secure(self):
        """Has TLS with it once, without us; ssl.SSLError: it has none that
        this OpenSSL can do."""
        own = senders.Sender(self.port, implicit=self.tls == "implicit")
        own.hear()
        own.say("EHLO client.test")
        if self.tls != "implicit":
            own.starttls()
        own.close()

    def found(self):
        if not self.new().exists():
            return []
        return sorted(self.new().iterdir(), key=lambda p: p.stat().st_mtime)

    def messages(self, count, seconds=20):
        """Waits for count delivered messages; their bytes, oldest first."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.found()
            if len(found) >= count:
                return [p.read_bytes() for p in found]
            time.sleep(0.02)
        raise AssertionError(f"{count} messages expected\n{self.log()}")

    def forget(self):
        for path in self.found():
            path.unlink()

    def until_it_greets(self, process, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            if proxy.answers(self.port):
                return
            time.sleep(0.02)
        process.terminate()
        raise AssertionError(f"it does not start\n{self.log()}")

    def until(self, text, seconds=20):
        """Waits for text in the log."""
        end = time.monotonic() + seconds
        while text not in self.log():
            assert time.monotonic() < end, f"no {text}\n{self.log()}"
            time.sleep(0.05)
