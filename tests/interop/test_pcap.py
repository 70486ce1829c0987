# SPDX-License-Identifier: ISC
"""Captures (--pcap) as tshark reads them: both dialogues with their true
addresses, the TLS records of the wire, nothing malformed; and what must not be
in them."""

import base64
import re
import shutil
import ssl

import pytest

import capture
import messages
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
    between = proxy("--pcap", str(path), receiver=receiver(tls="demand").port)
    made = senders.Sender(between.port)
    made.send(b"EHLO client.test\r\n")  # before the banner
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
