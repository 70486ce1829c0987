# SPDX-License-Identifier: ISC
"""Old senders and old receivers made of other people's TLS, each suite,
version and size of certificate with a real message, end to end:

    old sender    -> sallyport -> Postfix, which requires TLS 1.2
    modern sender -> sallyport -> old receiver

What was negotiated is printed. The sizes other than 1024 are part of the
full matrix."""

import os

import pytest

import legacy
import legacy_mail
import messages
import sender as senders

SIZES = (512, 1024, 2048)
RUNS = [pytest.param(peer, size, id=f"{peer.name}-{size}",
                     marks=[] if size == 1024 else pytest.mark.full)
        for peer in legacy_mail.PEERS for size in SIZES if size in peer.sizes]
MESSAGE = messages.multipart() + messages.dots().split(b"\r\n\r\n", 1)[1]
PROTOCOLS = {**legacy.VERSIONS, 0x0302: "TLSv1.1"}
WORDS = {0x0300: "ssl3", 0x0301: "tls1.0", 0x0302: "tls1.1"}
BITS = {0x0003: 40, 0x0006: 40, 0x0008: 40, 0x0009: 56, 0x000a: 112,
        0x0035: 256}

RULE = """\
{{ name = "{name}"; helo = [ "{name}" ];
   receiver = {{ ciphers = [ "{suite}" ];
                 min-protocol = "{version}"; max-protocol = "{version}"; }}; }}
"""


def cells_of(peer, size, versions=None):
    return [(legacy_mail.name_of(size, version, suite), version, suite)
            for version in versions or peer.versions for suite in peer.suites]


def leg(version, suite):
    return (f"{PROTOCOLS[version]}/{legacy.SUITES[suite][0]}/"
            f"{BITS.get(suite, 128)}")


@pytest.fixture
def strict(mailers):
    return mailers("postfix", "demand",
                   smtpd_tls_mandatory_protocols=">=TLSv1.2")


@pytest.fixture
def before_strict(proxy, strict):
    """A proxy that admits old senders, with that size of certificate."""
    def start(size):
        return proxy("--set", "limits.handshakes-per-client=0",
                     receiver=strict.port, sender__min_protocol="ssl3",
                     sender__min_bits=40,
                     sender__legacy_certificate=legacy.certificate(size))
    return start


@pytest.fixture
def content(tmp_path):
    path = tmp_path / "message"
    path.write_bytes(senders.stuffed(MESSAGE))
    return path


def arrived(strict, count):
    return [messages.as_delivered(stored)
            for stored in strict.messages(count)]


@pytest.mark.parametrize("peer, size", RUNS)
def test_old_sender(before_strict, strict, content, capsys, peer, size):
    between = before_strict(size)
    cells = cells_of(peer, size)
    table = legacy.Table(peer.name)
    replies = peer.send(between.port, content, cells)
    for name, version, suite in cells:
        good = replies.get(name, "").startswith("250 2.0.0 Ok")
        if good:
            line = between.line(rf" helo={name} .* messages=1 ")
            good = (f" sender-tls={leg(version, suite)} " in line and
                    " receiver-tls=TLSv1.3/" in line)
        table.note("sender", size, version, suite, good)
    table.show(capsys, "through sallyport to Postfix, as")
    assert not table.missing(), replies
    assert arrived(strict, len(cells)) == [MESSAGE] * len(cells)


def carry(port, name):
    made = senders.Sender(port)
    made.hear()
    reply = made.say(f"EHLO {name}")
    if reply[0] != 250:
        return reply[0]
    reply = made.starttls()
    assert reply[0] == 220, reply
    made.say(f"EHLO {name}")
    made.envelope()
    reply = made.data(MESSAGE)
    made.say("QUIT")
    made.close()
    return reply[0]


@pytest.mark.parametrize("peer, size", RUNS)
def test_old_receiver(proxy, certificates, tmp_path, capsys, peer, size):
    table = legacy.Table(peer.name)
    cells = cells_of(peer, size, getattr(peer, "receiver_versions", None))
    rules = ", ".join(
        RULE.format(name=name, suite=legacy.SUITES[suite][0],
                    version=WORDS[version]) for name, version, suite in cells)
    where = certificates if peer.name == "GnuTLS" else tmp_path
    with peer.receiver(size, where) as box:
        between = proxy(config=legacy_mail.TO_OLD.format(
            port=box.port, rules=rules))
        for name, version, suite in cells:
            good = carry(between.port, name) == 250
            if good:
                line = between.line(rf" helo={name} .* messages=1 ")
                good = (f" receiver-tls={leg(version, suite)} " in line and
                        " sender-tls=TLSv1.3/" in line and
                        box.message(name) == MESSAGE)
            table.note("receiver", size, version, suite, good)
        table.show(capsys, "through sallyport from a modern sender, as")
        assert not table.missing(), between.log()


@pytest.mark.parametrize("peer, how", [
    (legacy_mail.Jsse(), {"prefix": "SSLv2Hello,"}),
    (legacy_mail.OpenSsl(), {"method": "SSLv23"})], ids=["JSSE", "OpenSSL"])
def test_hello_in_sslv2_format(before_strict, strict, content, peer, how):
    """OpenSSL asks for TLS 1.2 in it, and gets TLS 1.1, but 1.0 where the
    suite is for export."""
    between = before_strict(1024)
    cells = [(legacy_mail.name_of(1024, version, suite), version, suite)
             for version in peer.versions for suite in (0x0003, 0x0004)]
    replies = peer.send(between.port, content, cells, **how)
    for name, version, suite in cells:
        assert replies.get(name, "").startswith("250 2.0.0 Ok"), replies
        if "method" in how:
            version = 0x0302 if suite == 0x0004 else 0x0301
        line = between.line(rf" helo={name} .* messages=1 ")
        assert f" sender-tls={leg(version, suite)} " in line
    assert arrived(strict, len(cells)) == [MESSAGE] * len(cells)


RESUMERS = [legacy_mail.Jsse(), legacy_mail.OpenSsl(), legacy_mail.Pike()]


@pytest.mark.parametrize("peer", RESUMERS, ids=[p.name for p in RESUMERS])
def test_resumed_with_an_old_receiver(proxy, tmp_path, peer):
    cells = [("once.test", 0x0300, 0x0003), ("again.test", 0x0300, 0x0003)]
    rule = RULE.format(name="*.test", suite=legacy.SUITES[0x0003][0],
                       version="ssl3")
    with peer.receiver(1024, tmp_path) as box:
        between = proxy("-d", config=legacy_mail.TO_OLD.format(
            port=box.port, rules=rule))
        for name, _version, _suite in cells:
            assert carry(between.port, name) == 250, between.log()
            assert box.message(name) == MESSAGE
    seen = [", resumed" in line for line in between.log().splitlines()
            if "TLS_RSA_EXPORT_WITH_RC4_40_MD5, 40 bits" in line and
            "warning" not in line]
    assert seen == [False, True], between.log()


def test_certificate_of_an_old_sender(proxy, receiver, content, tmp_path):
    """Demanded of JSSE in both versions, with and without export."""
    own = os.path.join(legacy.SOURCE, "tests", "vectors", "legacy",
                       "client-1024.pem")
    behind = receiver(tls="demand")
    between = proxy(receiver=behind.port, sender__min_protocol="ssl3",
                    sender__min_bits=40, sender__tls="require",
                    sender__client_certificate="require",
                    sender__client_ca=own)
    cells = [(legacy_mail.name_of(1024, version, suite), version, suite)
             for version in PROTOCOLS if version < 0x0302
             for suite in (0x0003, 0x000a)]
    without = legacy_mail.Jsse().send(between.port, content, cells)
    assert all(reply.startswith("- ") for reply in without.values()), without
    assert behind.messages == []
    assert "no certificate" in between.log()
    shown = legacy_mail.Jsse(own_certificate=own,
                             own_key=legacy.pkcs8_of(own, tmp_path))
    replies = shown.send(between.port, content, cells)
    assert all(reply.startswith("250 ") for reply in replies.values()), replies
    assert behind.messages == [MESSAGE] * len(cells)


def test_certificate_for_an_old_receiver(proxy, tmp_path):
    """JSSE demands one, in both versions, with and without export."""
    own = os.path.join(legacy.SOURCE, "tests", "vectors", "legacy",
                       "client-1024.pem")
    peer = legacy_mail.Jsse(ask_certificate="yes")
    cells = [(legacy_mail.name_of(1024, version, suite), version, suite)
             for version in peer.versions for suite in (0x0003, 0x000a)]
    rules = ", ".join(
        RULE.format(name=name, suite=legacy.SUITES[suite][0],
                    version=WORDS[version]) for name, version, suite in cells)
    with peer.receiver(1024, tmp_path) as box:
        config = legacy_mail.TO_OLD.format(port=box.port, rules=rules)
        without = proxy(config=config)
        assert carry(without.port, cells[0][0]) != 250
        between = proxy(config=config.replace(
            "min-bits = 40;", f'min-bits = 40; certificate = [ "{own}" ];'))
        for name, _version, _suite in cells:
            assert carry(between.port, name) == 250, between.log()
            assert box.message(name) == MESSAGE


@pytest.mark.parametrize("peer", [legacy_mail.Jsse(), legacy_mail.OpenSsl()],
                         ids=["JSSE", "OpenSSL"])
def test_seed_with_a_sender_of_40_bits(proxy, content, tmp_path, peer):
    """Q279214 with real old TLS on both sides: a sender that has 40 bits, and
    a receiver that demands 128 and says 505 otherwise."""
    cell = [("exch55", 0x0300, 0x0003)]
    with legacy_mail.OpenSsl().receiver(2048, tmp_path, least=128) as box:
        assert "505 Must issue a STARTTLS command first" in \
            peer.send(box.port, content, cell)["exch55"]
        assert box.message("exch55") is None
        between = proxy(receiver=box.port, sender__min_protocol="ssl3",
                        sender__min_bits=40)
        assert peer.send(between.port, content, cell) == \
            {"exch55": "250 kept"}
        assert box.message("exch55") == MESSAGE
    line = between.session()
    assert line["sender-tls"] == leg(0x0300, 0x0003)
    assert line["receiver-tls"].startswith("TLSv1.2/")
    assert "warning: sender 127.0.0.1" in between.log()
