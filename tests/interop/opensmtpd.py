# SPDX-License-Identifier: ISC
"""OpenSMTPD, as a receiver or as a sender. It is unpacked, not installed
(mailers.sh), and has its paths and users built in: so each lives in a root
directory of its own, which takes a real root."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import mailer
import sender as senders

TREE = mailer.PEERS / "opensmtpd"
PROGRAM = TREE / "usr/sbin/smtpd"
USERS = {"opensmtpd": 990, "opensmtpq": 991, "_smtpd": 990, "_smtpq": 991,
         "box": 992}

CONF = """\
pki mx.test cert "/etc/mx.pem"
pki mx.test key "/etc/mx.key"
table creds {{ "user" = "{hash}" }}
table boxes {{ "@" = "box" }}
{secrets}
smtp max-message-size "60M"
listen on socket
listen on 127.0.0.1 port {port} {tls} hostname mx.test {auth}
action "keep" maildir "/mail/box" virtual <boxes>
{action}
{match}
match from any for any action "keep"
"""
TLS = {"none": "", "offer": "tls pki mx.test",
       "demand": "tls-require pki mx.test", "implicit": "smtps pki mx.test"}
SCHEMES = {"plain": "smtp+notls", "starttls": "smtp+tls", "implicit": "smtps"}


def require():
    if not os.access(PROGRAM, os.X_OK):
        pytest.skip("OpenSMTPD is not there; tests/interop/mailers.sh "
                    "fetches it")
    if os.geteuid() != 0:
        pytest.skip("OpenSMTPD needs root")


def libraries(program):
    told = subprocess.run(["ldd", str(program)], capture_output=True,
                          text=True).stdout
    return set(re.findall(r"(/\S+) \(0x", told))


def plant(root):
    """A root directory with the program and what it needs."""
    shutil.copytree(TREE, root, symlinks=True, dirs_exist_ok=True)
    shell = pathlib.Path("/bin/sh").resolve()
    files = {shell}
    for program in (shell, PROGRAM, *TREE.glob("usr/libexec/opensmtpd/*")):
        files |= {pathlib.Path(path) for path in libraries(program)}
    for path in files:
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (root / "bin").mkdir(exist_ok=True)
    if not (root / "bin/sh").exists():
        shutil.copy(shell, root / "bin/sh")
    for name in ("var/spool/smtpd", "var/run", "run", "var/lib/opensmtpd/empty",
                 "var/empty", "tmp", "dev", "mail", "etc"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "var/spool/smtpd").chmod(0o711)
    (root / "dev/null").touch(0o666)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/resolv.conf").touch()
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n" + "".join(
        f"{name}:x:{uid}:{uid}::/mail:/bin/sh\n"
        for name, uid in USERS.items()))
    (root / "etc/group").write_text("root:x:0:\n" + "".join(
        f"{name}:x:{uid}:\n" for name, uid in USERS.items()))
    os.chown(root / "mail", USERS["box"], USERS["box"])


class OpenSMTPD(mailer.Mailer):
    keywords = ("DSN", "AUTH PLAIN")

    def __init__(self, root, certificates, tls="demand", relay=None,
                 spoken="starttls", password=False):
        super().__init__(root, certificates, tls)
        plant(self.root)
        for name in ("mx.pem", "mx.key"):
            shutil.copy(certificates / name, self.root / "etc" / name)
        # It does not start without authorities to trust.
        authorities = self.root / "etc/ssl/certs"
        authorities.mkdir(parents=True, exist_ok=True)
        shutil.copy(certificates / "ca.pem",
                    authorities / "ca-certificates.crt")
        (self.root / "etc/mx.key").chmod(0o600)
        digest = subprocess.run(
            ["openssl", "passwd", "-6", mailer.PASSWORD], check=True,
            capture_output=True, text=True).stdout.strip()
        action = match = secrets = ""
        if relay is not None:
            host = f"{SCHEMES[spoken]}://{'us@' if password else ''}" \
                f"127.0.0.1:{relay}"
            action = f'action "out" relay host "{host}"' + \
                (" tls no-verify" if spoken != "plain" else "")
            match = 'match from any for any action "out"'
        if password:
            secrets = f'table secrets {{ us = "{mailer.USER}:' \
                f'{mailer.PASSWORD}" }}'
            action += " auth <secrets>"
        (self.root / "etc/conf").write_text(CONF.format(
            hash=digest, port=self.port, tls=TLS[tls], action=action,
            match=match, secrets=secrets,
            auth="" if tls == "none" else "auth-optional <creds>"))
        self.output = open(self.root / "output", "wb")
        self.process = subprocess.Popen(
            ["chroot", str(self.root), "/usr/sbin/smtpd", "-d", "-f",
             "/etc/conf"], stdout=self.output, stderr=subprocess.STDOUT)
        self.until_it_greets(self.process)

    def new(self):
        return self.root / "mail" / "box" / "new"

    def log(self):
        return (self.root / "output").read_text(errors="replace")

    def send(self, message, sender, recipients):
        """As a sender: takes the message, and passes it on at once."""
        made = senders.Sender(self.port)
        made.hear()
        made.say("EHLO origin.test")
        codes = made.envelope(
            *recipients, mail=f"MAIL FROM:<{sender}> BODY=8BITMIME")
        assert set(codes) == {250}
        assert made.data(message)[0] == 250
        made.say("QUIT")
        made.close()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.output.close()
