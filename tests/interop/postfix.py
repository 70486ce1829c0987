# SPDX-License-Identifier: ISC
"""Postfix, as a receiver that demands TLS or as a sender, in a directory of
its own. It needs root, as Postfix does; without it tests are skipped."""

import os
import re
import shutil
import subprocess
import time

import pytest

import mailer
import sasl

MASTER = """\
{port} inet n - n - - smtpd{wrapper}
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """\
compatibility_level = 3.6
config_directory = {root}/etc
queue_directory = {root}/spool
data_directory = {root}/data
maillog_file = {root}/log
maillog_file_prefixes = {root}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.test
myorigin = mx.test
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
smtputf8_enable = yes
message_size_limit = 52428800
virtual_mailbox_limit = 0
virtual_mailbox_domains = test
virtual_mailbox_maps = static:box/
virtual_mailbox_base = {root}/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_alias_maps =
smtpd_recipient_restrictions =
	check_recipient_access inline:{{ {{refused@test = 550 5.1.1 no}} }}, permit_mynetworks,
	reject
smtpd_delay_open_until_valid_rcpt = no
smtpd_tls_CAfile = {certificates}/ca.pem
smtpd_tls_cert_file = {certificates}/mx.pem
smtpd_tls_key_file = {certificates}/mx.key
smtpd_tls_loglevel = 1
smtp_tls_loglevel = 1
smtp_tls_CAfile = {certificates}/ca.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {root}/auth
smtpd_tls_auth_only = yes
{settings}
"""


LEVELS = {"none": "none", "offer": "may", "demand": "encrypt",
          "implicit": "encrypt"}


# As a sender: everything goes to the relay.
TO_RELAY = {"virtual_mailbox_domains": "", "disable_dns_lookups": "yes"}
SPOKEN = {"plain": {"smtp_tls_security_level": "none"},
          "starttls": {"smtp_tls_security_level": "encrypt"},
          "implicit": {"smtp_tls_security_level": "encrypt",
                       "smtp_tls_wrappermode": "yes"}}
CLIENT_AUTH = {"smtp_sasl_auth_enable": "yes",
               "smtp_sasl_password_maps": "static:"
               f"{{{mailer.USER}:{mailer.PASSWORD}}}",
               "smtp_sasl_security_options": "noanonymous"}


class Postfix(mailer.Mailer):
    """settings: of main.cf, further ones or others; resolv: a file in place
    of /etc/resolv.conf."""

    keywords = ("PIPELINING", "CHUNKING", "DSN", "SMTPUTF8", "AUTH PLAIN",
                "ENHANCEDSTATUSCODES", "VRFY")

    def __init__(self, root, certificates, tls="demand", relay=None,
                 spoken="starttls", password=False, address="127.0.0.1",
                 port=None, resolv=None, **settings):
        super().__init__(root, certificates, tls, port)
        etc = self.root / "etc"
        for name in ("etc", "spool", "data", "mail"):
            (self.root / name).mkdir()
        shutil.chown(self.root / "data", "postfix")
        shutil.chown(self.root / "mail", 65534, 65534)
        # Its daemons are other users, and must get through.
        for parent in [self.root, *self.root.parents][:-2]:
            parent.chmod(parent.stat().st_mode | 0o011)
        self.sasl = sasl.Server(self.root / "auth")
        given = dict(smtpd_tls_security_level=LEVELS[tls], **settings)
        if relay is not None:
            given.update(TO_RELAY, relayhost=f"[127.0.0.1]:{relay}",
                         **SPOKEN[spoken])
        if password:
            given.update(CLIENT_AUTH)
        lines = "\n".join(f"{k} = {v}" for k, v in given.items())
        (etc / "main.cf").write_text(MAIN.format(
            root=self.root, certificates=certificates, settings=lines))
        (etc / "master.cf").write_text(MASTER.format(
            port=f"{address}:{self.port}", wrapper=""
            if tls != "implicit" else " -o smtpd_tls_wrappermode=yes"))
        # Its daemons ask the DNS servers of another /etc/resolv.conf.
        self.command(
            "postfix", "start", before=() if resolv is None else (
                "unshare", "--mount", "sh", "-c",
                f"mount --bind {resolv} /etc/resolv.conf && exec \"$@\"",
                "sh"))

    def command(self, name, *arguments, before=(), **options):
        return subprocess.run(
            [*before, name, "-c", str(self.root / "etc"), *arguments],
            check=True, capture_output=True, timeout=60, **options)

    def log(self):
        path = self.root / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def new(self):
        return self.root / "mail" / "box" / "new"

    def send(self, message, sender, recipients, *arguments):
        """As a sender: into the queue, and from there to the relay host."""
        subprocess.run(
            ["/usr/sbin/sendmail", "-C", str(self.root / "etc"), "-i",
             "-f", sender, *arguments, *recipients],
            input=message.replace(b"\r\n", b"\n"), check=True,
            capture_output=True, timeout=60)

    def tried(self, recipients, seconds=90):
        """Waits until each has had its turn: one that is deferred may be
        tried again before another is at all."""
        end = time.monotonic() + seconds
        while set(recipients) - set(
                re.findall(r" to=<([^>]*)>,.* status=", self.log())):
            assert time.monotonic() < end, self.log()
            time.sleep(0.1)

    def stop(self):
        subprocess.run(
            ["postfix", "-c", str(self.root / "etc"), "stop"],
            capture_output=True, timeout=60)
        self.sasl.stop()


def require():
    if os.geteuid() != 0:
        pytest.skip("Postfix needs root")
    if shutil.which("postfix") is None:
        pytest.skip("Postfix is not installed")
