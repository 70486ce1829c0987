# SPDX-License-Identifier: ISC
"""Captures (--pcap) as tshark reads them: both dialogues with their true
addresses, the TLS records of the wire, nothing malformed; and what must not be
in them."""

import base64
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import threading

import pytest

import capture
import messages
import receiver as receivers
import sender as senders

pytestmark = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="there is no tshark")

SENT = ["EHLO", "STAR", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
# The sender's EHLO under TLS is the receiver's third.
RECEIVED = ["EHLO", "STAR", "EHLO", *SENT[2:]]
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def talk(between, say, tls=None, secure=True):
    made = senders.Sender(between.port, tls=tls)
    made.hear()
    made.say("EHLO client.test")
    if secure:
        assert made.starttls()[0] == 220
        made.say("EHLO client.test")
    say(made)
    made.say("QUIT")
    made.close()


def mail(made):
    assert made.envelope() == [250, 250]
    assert made.data(messages.dots())[0] == 250


def ended(between):
    between.session()
    assert between.stop() == 0


def one(proxy, receiver, root, *options, version=None):
    """A message under TLS on both legs; where its capture is."""
    path = root / "pcap"
    behind = receiver(tls="demand")
    if version:
        behind.context.maximum_version = version
    between = proxy("--pcap", str(path), *options, receiver=behind.port)
    talk(between, mail, senders.context(version))
    ended(between)
    return path, between.port, behind.port


@pytest.mark.parametrize("version", VERSIONS)
def test_both_dialogues_and_both_wires(proxy, receiver, root, version):
    path, ours, theirs = one(proxy, receiver, root, version=version)
    assert path.stat().st_mode & 0o777 == 0o600
    read = capture.read(path)
    assert read.faults() == []
    assert read.commands("sender plaintext") == SENT
    assert read.commands("receiver plaintext") == RECEIVED
    for name, port in ("sender", ours), ("receiver", theirs):
        # The wire is one TCP stream with a hello each way, and its end.
        wire = read.on(f"{name} wire")
        assert len({packet["tcp.stream"] for packet in wire}) == 1
        assert {packet["ip.src"] for packet in wire} == {"127.0.0.1"}
        mine = wire[0]["tcp.srcport"]
        assert {(packet["tcp.srcport"], packet["tcp.dstport"])
                for packet in wire} == {(mine, str(port)), (str(port), mine)}
        hellos = [packet["tls.handshake.type"].split("|")[0]
                  for packet in wire if packet["tls.handshake.type"]]
        assert hellos[:2] == ["1", "2"]
        assert wire[0]["tcp.flags"] == "0x0002"
        assert any(int(packet["tcp.flags"], 16) & 1 for packet in wire)
        # The same addresses and ports stand in the plaintext's tags.
        plain = read.on(f"{name} plaintext")
        assert {(packet["exported_pdu.src_port"].split("|")[0],
                 packet["exported_pdu.dst_port"].split("|")[0])
                for packet in plain} == {(mine, str(port)), (str(port), mine)}
        assert {packet["exported_pdu.ipv4_src"] for packet in plain} == {
            "127.0.0.1"}
    # Nothing of what is under TLS can be read from it.
    assert not any("tls:smtp" in packet["frame.protocols"]
                   for packet in read.packets)


def test_each_packet_names_its_session_and_what_happened(
        proxy, receiver, root):
    path = root / "pcap"
    greets = threading.Event()
    between = proxy("--pcap", str(path), receiver=receiver(
        tls="demand", stall={"banner": greets}).port)
    made = senders.Sender(between.port)
    made.send(b"EHLO client.test\r\n")
    capture.until(path, b"sender: held, ")
    greets.set()
    assert [made.hear()[0], made.hear()[0]] == [220, 250]
    assert made.starttls()[0] == 220
    made.say("EHLO client.test")
    mail(made)
    made.say("QUIT")
    made.close()
    ended(between)
    read = capture.read(path)
    comments = [packet["frame.comment"] for packet in read.packets]
    assert all(re.match("session [0-9a-f]{6}, (sender|receiver)", comment)
               for comment in comments)
    for event in ("sender: came; state", "sender: answered by us",
                  "receiver: forwarded; state", "receiver: said by us",
                  "receiver: content forwarded", "sender: held, ",
                  "receiver: TLS is up: TLSv1.3", "session ends: "):
        assert any(event in comment for comment in comments), event
    # What is no packet of the network is one of its own, in words.
    assert any("syslog" in packet["frame.protocols"] and "TLS is up" in
               packet["_ws.col.Info"] for packet in read.on("events"))


USER, PASSWORD = b"user", b"open sesame"
USER64, PASSWORD64 = base64.b64encode(USER), base64.b64encode(PASSWORD)
BOTH64 = base64.b64encode(b"\0" + USER + b"\0" + PASSWORD)
LOGINS = [  # a session each
    [b"AUTH PLAIN " + BOTH64],
    [b"auth plain", BOTH64],
    [b"AUTH LOGIN", USER64, PASSWORD64],
    [b"AUTH LOGIN " + USER64, PASSWORD64],
    [b"AUTH LOGIN", b"*", PASSWORD64],
    [b"AUTH XOAUTH2 " + BOTH64],
    [b"AUTH=PLAIN " + BOTH64],
    [b" Auth\tPLAIN " + BOTH64],
    [b"NOOP", USER64, PASSWORD64, BOTH64, PASSWORD],
    [b"AUTH " + BOTH64 * 400],
]


@pytest.mark.parametrize("secrets", [False, True])
@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("offered", [False, True])
def test_secrets_are_in_it_only_when_asked_for(
        proxy, receiver, root, secrets, secure, offered):
    path = root / "pcap"
    behind = receiver(tls="demand", **(dict(
        keywords=("PIPELINING", "AUTH PLAIN LOGIN"),
        password=("user", "open sesame")) if offered else {}))
    between = proxy("-x", "--pcap", str(path),
                    *(["--show-secrets"] if secrets else []),
                    receiver=behind.port, sender__auth_without_tls="true")
    body = b"".join(b"line %03d of the body\r\n" % n for n in range(40))

    def say(login):
        def session(made):
            for line in login:
                made.send(line + b"\r\n")
                made.hear()
            assert made.envelope() == [250, 250]
            assert made.data(b"Subject: x\r\n\r\n" + body)[0] == 250
        return session
    for login in LOGINS:
        talk(between, say(login), secure=secure)
    assert between.sessions(len(LOGINS))
    assert between.stop() == 0
    raw = path.read_bytes()
    for word in PASSWORD, PASSWORD64, BOTH64, b"line 030", b"_SECRET_":
        assert (word in raw) == secrets, word
    assert b"line 001" in raw
    read = capture.read(path)
    assert read.faults() == []
    for name in "sender plaintext", "receiver plaintext":
        said = read.commands(name)
        assert said.count("DATA") == said.count("QUIT") == len(LOGINS)
    # Each message is put together, masked or not.
    assert sum("imf" in packet["frame.protocols"]
               for packet in read.packets) >= 2 * len(LOGINS)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("how", ["inside", "keylog"])
def test_records_decrypt(proxy, receiver, root, version, how):
    keys = root / "keys"
    path, ours, theirs = one(
        proxy, receiver, root, *(["--show-secrets"] if how == "inside" else
                                 ["--keylog", str(keys)]), version=version)
    # Ports other than 25 and 587 have to be told as SMTP's.
    options = ["-d", f"tcp.port=={ours},smtp", "-d",
               f"tcp.port=={theirs},smtp"]
    if how == "keylog":
        options += ["-o", f"tls.keylog_file:{keys}"]
        assert keys.stat().st_mode & 0o777 == 0o600
        assert b"_SECRET" not in path.read_bytes()
    read = capture.read(path, *options)
    assert read.faults() == []
    for name, said in ("sender wire", SENT), ("receiver wire", RECEIVED):
        # STARTTLS leads Wireshark into the stream's TLS, and out of that come
        # the commands that were under it.
        assert read.commands(name) == said
        inside = said[said.index("STAR") + 1:]
        assert read.commands(name, under="tls") == inside


# What Wireshark knows: not TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA.
def in_full(*cell):
    return pytest.param(*cell, marks=pytest.mark.full)


LEGACY = [("ssl3", "TLS_RSA_WITH_RC4_128_MD5"),
          in_full("ssl3", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
          in_full("ssl3", "TLS_RSA_WITH_DES_CBC_SHA"),
          ("ssl3", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
          in_full("ssl3", "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
          in_full("ssl3", "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"),
          in_full("ssl3", "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA"),
          in_full("ssl3", "TLS_RSA_WITH_AES_128_CBC_SHA"),
          in_full("tls1.0", "TLS_RSA_WITH_RC4_128_SHA"),
          in_full("tls1.0", "TLS_RSA_WITH_AES_128_CBC_SHA"),
          ("tls1.0", "TLS_RSA_WITH_AES_256_CBC_SHA"),
          in_full("tls1.0", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
          ("tls1.0", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
          in_full("tls1.0", "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
          in_full("tls1.0", "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"),
          in_full("tls1.0", "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA")]


@pytest.mark.parametrize("version,suite", LEGACY)
def test_records_of_the_legacy_engine_decrypt(
        proxy, receiver, root, version, suite):
    path = root / "pcap"
    between = proxy("--pcap", str(path), "--show-secrets",
                    receiver=receiver(tls="demand").port,
                    sender__min_protocol="ssl3", sender__min_bits=40)
    old = proxy(receiver=between.port, receiver__min_protocol="ssl3",
                receiver__max_protocol=version, receiver__min_bits=40,
                receiver__ciphers=suite)
    talk(old, mail)
    old.session()
    assert between.line(f"sender-tls=.*{suite}/.*reason=quit")
    assert between.stop() == 0
    read = capture.read(path, "-d", f"tcp.port=={between.port},smtp")
    assert read.faults() == []
    inside = read.commands("sender wire", under="tls")
    # Records split against BEAST hide the end of the content from Wireshark.
    assert inside[:5] == ["EHLO", "EHLO", "MAIL", "RCPT", "DATA"]
    assert inside[5:] == ["QUIT"] or "CBC" in suite


def large(made, size):
    line = b"x" * 998 + b"\r\n"
    assert made.envelope() == [250, 250]
    assert made.say("DATA")[0] == 354
    for _ in range(size // len(line)):
        made.send(line)
    made.send(b".\r\n")
    assert made.hear()[0] == 250


def test_a_large_message_needs_no_memory(proxy, receiver, root):
    path = root / "pcap"
    between = proxy("--pcap", str(path), receiver=receiver(tls="demand").port)
    talk(between, lambda made: large(made, 64 << 20))
    between.session()
    with open(f"/proc/{between.process.pid}/status") as status:
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1))
    # Two lots of 8 MB may be on their way to the disk, and some as they grow.
    assert peak < 64 << 10
    assert between.stop() == 0
    assert path.stat().st_size > 64 << 20
    assert capture.malformed(path) == ""


def test_a_full_disk_is_told_once_and_costs_no_mail(proxy, receiver, root):
    path = root / "pcap"
    behind = receiver(tls="demand")
    between = proxy("--pcap", str(path), receiver=behind.port)
    limit = resource.prlimit(between.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(between.process.pid, resource.RLIMIT_FSIZE,
                     (1 << 20, limit[1]))
    for _ in range(2):
        talk(between, lambda made: large(made, 2 << 20))
    between.sessions(2)
    assert len(behind.messages) == 2
    assert between.log().count(
        f"cannot write to {path}: File too large; --pcap ends here") == 1
    read = capture.read(path)  # it ends behind a whole packet
    assert read.commands("sender plaintext").count("QUIT") <= 1
    # There is room again, and somebody says so.
    resource.prlimit(between.process.pid, resource.RLIMIT_FSIZE, limit)
    between.signal(signal.SIGUSR1)
    between.line("the log was opened again")
    talk(between, mail)
    between.sessions(3)
    assert between.stop() == 0
    read = capture.read(path)
    assert read.commands("sender plaintext")[-len(SENT):] == SENT


def test_a_capture_is_rotated(proxy, receiver, root):
    path, moved = root / "pcap", root / "pcap.1"
    between = proxy("--pcap", str(path), "--keylog", str(root / "keys"),
                    receiver=receiver(tls="demand").port)
    talk(between, mail)
    between.sessions(1)
    path.rename(moved)
    (root / "keys").rename(root / "keys.1")
    between.signal(signal.SIGUSR1)
    between.line("the log was opened again")
    talk(between, mail)
    between.sessions(2)
    assert between.stop() == 0
    for file in moved, path:
        assert capture.read(file).commands("sender plaintext") == SENT
        assert file.stat().st_mode & 0o777 == 0o600
    assert "SECRET" in (root / "keys").read_text()


def test_ipv6_is_ipv6(proxy, receiver, root):
    path = root / "pcap"
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("there is no IPv6 here")
    between = proxy("--pcap", str(path), receiver=receiver(tls="demand").port,
                    config='listener = { six = { address = [ "[::1]:PORT" ]; '
                    f'forward-to = [ "127.0.0.1:{receiver(tls="demand").port}"'
                    " ]; }; };")
    made = senders.Sender(between.port, host="::1")
    made.hear()
    made.say("EHLO client.test")
    mail(made)
    made.say("QUIT")
    made.close()
    ended(between)
    read = capture.read(path)
    assert read.faults() == []
    assert {packet["ipv6.src"] for packet in read.on("sender wire")} == {"::1"}
    assert {packet["exported_pdu.ipv6_src"]
            for packet in read.on("sender plaintext")} == {"::1"}
    assert {packet["ip.src"] for packet in read.on("receiver wire")} == {
        "127.0.0.1"}
    assert read.commands("sender plaintext") == [
        "EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


def test_a_plaintext_leg_can_be_followed(proxy, receiver, root):
    path = root / "pcap"
    between = proxy("--pcap", str(path), receiver=receiver(tls="demand").port)
    talk(between, mail, secure=False)
    ended(between)
    assert capture.read(path).faults() == []
    followed = capture.follow(path, 0)
    for words in ("220 mx.test ESMTP\n", "EHLO client.test\n",
                  "MAIL FROM:<a@test>\n", "\n.\n", "250 2.0.0 Ok: queued as"):
        assert words in followed


class Odd(receivers.Dialogue):
    """Repeats what it does not know, and ends with what is no reply."""

    def act(self, verb, text):
        if verb == "HELP":
            self.file.write(b"\x00\xff what?\r\n")
            self.file.flush()
            return False
        if getattr(self, "do_" + verb.lower(), None) is None:
            self.say(f'500 5.5.1 unrecognized: "{text}"')
            return True
        return super().act(verb, text)


def odd_words(made):
    for words in ("VRFY sesame", "NOOP sesame", "c2VzYW1l", "EXPN  x y",
                  "RSET sesame", "XCLIENT NAME=sesame", "MAIL sesame",
                  "AUTH PLAIN AHgAc2VzYW1l", "AUTH LOGIN c2VzYW1l",
                  "x" * 3000, "HELP sesame"):
        made.say(words)


@pytest.mark.parametrize("secrets", [False, True])
def test_what_is_masked_or_odd_is_well_formed(
        proxy, receiver, root, secrets):
    path = root / "pcap"
    between = proxy("--pcap", str(path),
                    *(["--show-secrets"] if secrets else []),
                    receiver=receiver(tls="demand", dialogue=Odd).port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO client.test")
    odd_words(made)
    made.close()
    ended(between)
    assert capture.read(path).faults() == []
    assert (b"sesame" in path.read_bytes()) == secrets
