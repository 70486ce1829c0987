# SPDX-License-Identifier: ISC
"""Exim, as a receiver or as a sender, in a directory of its own. It is
unpacked, not installed (mailers.sh), and needs no rights of its own."""

import os
import subprocess

import pytest

import mailer

TREE = mailer.PEERS / "exim"
PROGRAM = TREE / "usr/sbin/exim4"
NOBODY = 65534

CONF = """\
exim_path = {program}
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : NSS_WRAPPER_PASSWD : \\
	NSS_WRAPPER_GROUP
spool_directory = {root}/spool
log_file_path = {root}/log/%slog
pid_file_path = {root}/pid
primary_hostname = mx.test
qualify_domain = test
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = {advertise}
tls_on_connect_ports = {implicit}
tls_certificate = {root}/mx.pem
tls_privatekey = {root}/mx.key
accept_8bitmime = true
print_topbitchars = true
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
pipelining_connect_advertise_hosts = *
prdr_enable = true
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
message_size_limit = 60M
deliver_drop_privilege = true
host_lookup =
rfc1413_query_timeout = 0s
never_users =
begin acl
mail:
  deny condition = {refuse_plain}
       message = 530 5.7.0 Must issue a STARTTLS command first
  accept
rcpt:
  deny local_parts = refused
       message = 550 5.1.1 no such user
  accept
begin routers
{routers}
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  maildir_format = true
  directory = {root}/mail/box
  create_directory = true
  user = Debian-exim
  message_size_limit = 0
out:
  driver = smtp
  hosts_try_auth = *
{transport}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and{{{{eq{{$auth2}}{{user}}}}\\
	{{eq{{$auth3}}{{open sesame}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = {offer_auth}
{client_auth}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{{{eq{{$auth1}}{{user}}}}\\
	{{eq{{$auth2}}{{open sesame}}}}}}}}
  server_set_id = $auth1
  server_advertise_condition = {offer_auth}
"""

CLIENT_AUTH = "  client_send = ^user^open sesame"
SPOKEN = {"plain": "hosts_avoid_tls = *", "starttls": "hosts_require_tls = *",
          "implicit": "protocol = smtps"}
# As a sender: everything at test goes to the relay.
TO_RELAY = """\
relay:
  driver = manualroute
  domains = test
  route_list = * 127.0.0.1 byname
  self = send
  transport = out
"""


def require():
    if not os.access(PROGRAM, os.X_OK):
        pytest.skip("Exim is not there; tests/interop/mailers.sh fetches it")


class Exim(mailer.Mailer):
    keywords = ("PIPELINING", "CHUNKING", "DSN", "SMTPUTF8", "AUTH PLAIN")

    def __init__(self, root, certificates, tls="demand", relay=None,
                 spoken="starttls", password=False, transport=()):
        super().__init__(root, certificates, tls)
        for name in ("spool", "log", "mail"):
            (self.root / name).mkdir()
        for name in ("mx.pem", "mx.key"):
            (self.root / name).write_bytes((certificates / name).read_bytes())
        secure = "${if def:tls_in_cipher}"
        lines = [*transport, SPOKEN[spoken], f"port = {relay or 25}"]
        (self.root / "conf").write_text(CONF.format(
            program=PROGRAM, root=self.root, port=self.port,
            advertise="" if tls in ("none", "implicit") else "*",
            implicit=self.port if tls == "implicit" else "",
            refuse_plain="${if !def:tls_in_cipher}"
            if tls == "demand" else "false",
            offer_auth=secure,
            routers=TO_RELAY if relay is not None else "",
            transport="\n".join("  " + line for line in lines),
            client_auth=CLIENT_AUTH if password else ""))
        self.own()
        self.process = self.run("-bdf", "-q1m")
        self.until_it_greets(self.process)

    def own(self):
        """To the user that it thinks is its own: nobody, or whoever runs
        the tests."""
        self.uid = os.geteuid() or NOBODY
        gid = os.getegid() or NOBODY
        (self.root / "passwd").write_text(
            f"root:x:0:0::/:/bin/sh\nDebian-exim:x:{self.uid}:{gid}::/:\n")
        (self.root / "group").write_text(
            f"root:x:0:\nDebian-exim:x:{gid}:\n")
        self.rights = {}
        if os.geteuid() == 0:
            self.rights = dict(user=self.uid, group=gid, extra_groups=[])
            for path in (self.root, *self.root.rglob("*")):
                os.chown(path, self.uid, gid)
            for parent in list(self.root.parents)[:-2]:
                parent.chmod(parent.stat().st_mode | 0o011)

    def run(self, *arguments, **options):
        wrapper, = TREE.glob("usr/lib/*/libnss_wrapper.so")
        return subprocess.Popen(
            [str(PROGRAM), "-C", str(self.root / "conf"), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin",
                 "LD_LIBRARY_PATH": str(wrapper.parent),
                 "LD_PRELOAD": str(wrapper),
                 "NSS_WRAPPER_PASSWD": str(self.root / "passwd"),
                 "NSS_WRAPPER_GROUP": str(self.root / "group")},
            **self.rights, **options)

    def new(self):
        return self.root / "mail" / "box" / "new"

    def log(self):
        return "".join(path.read_text(errors="replace") for path in
                       sorted((self.root / "log").iterdir()))

    def send(self, message, sender, recipients):
        """As a sender: takes the message, and passes it on at once."""
        done = self.run("-i", "-f", sender, *recipients,
                        stdin=subprocess.PIPE)
        told, _ = done.communicate(message.replace(b"\r\n", b"\n"), 60)
        assert done.returncode == 0, told

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=20)
