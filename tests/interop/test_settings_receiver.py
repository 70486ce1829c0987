# SPDX-License-Identifier: ISC
"""Each setting of the receiver leg changes what receivers meet, or what is
made of them. What each is set to, and what is so without it, is tried on the
running program."""

import hashlib
import ssl
import subprocess

import pytest

import sender as senders
from proxy import free_port


@pytest.fixture
def between(proxy):
    """A proxy before a receiver, with these settings of that leg."""
    def start(behind, host="127.0.0.1", **settings):
        return proxy(receiver=f"{host}:{behind.port}", sender__tls="none",
                     **{f"receiver__{k}": v for k, v in settings.items()})
    return start


def outcome(started):
    """250 where the envelope crosses, else what the sender is told, as 421
    4.7.4."""
    made = senders.Sender(started.port)
    code, text = made.hear()
    if code == 220:
        code, text = made.say("EHLO client.test")
    if code != 250:
        return text[:9]
    assert made.envelope() == [250, 250]
    made.say("QUIT")
    made.close()
    return 250


def at_most(version, ciphers="ALL:@SECLEVEL=0"):
    """Of a receiver that knows nothing newer."""
    def prepare(context):
        context.set_ciphers(ciphers)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    return prepare


def digest(path):
    return hashlib.sha256(
        ssl.PEM_cert_to_DER_cert(path.read_text())).hexdigest()


def key_digest(path):
    """As openssl tells it, of the public key alone."""
    key = subprocess.run(["openssl", "x509", "-in", path, "-noout",
                          "-pubkey"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"],
                         input=key, check=True, capture_output=True).stdout
    return hashlib.sha256(der).hexdigest()


NO_TLS, NOT_PROVED = "421 4.7.4", "421 4.7.5"


@pytest.mark.parametrize("level, offers, without", [
    ("none", 250, 250), ("may", 250, 250), ("encrypt", 250, NO_TLS),
    ("fingerprint", NOT_PROVED, NO_TLS), ("verify", NOT_PROVED, NO_TLS),
    ("secure", NOT_PROVED, NO_TLS)])
def test_tls(between, receiver, level, offers, without):
    """Against a receiver with TLS whose certificate nobody vouches for, and
    against one without TLS."""
    more = {"fingerprints": "00" * 32} if level == "fingerprint" else {}
    more.update({"names": "mx.test"} if level == "secure" else {})
    one, none = receiver(), receiver(tls="none")
    assert outcome(between(one, tls=level, **more)) == offers
    assert outcome(between(none, tls=level, **more)) == without
    if offers == 250:
        assert one.connections[0].handshakes == (level != "none")


def test_implicit_tls(between, receiver):
    behind = receiver(implicit=True, tls="none")
    assert outcome(between(behind, implicit_tls="true")) == 250
    assert behind.connections[0].verbs()[0] == "EHLO"


def test_min_and_max_protocol(between, receiver):
    old = receiver(prepare=at_most(ssl.TLSVersion.TLSv1_1))
    assert outcome(between(old, min_protocol="tls1.1")) == 250
    assert old.connections[-1].protocol == "TLSv1.1"
    assert outcome(between(old)) == NOT_PROVED
    new = receiver()
    assert outcome(between(new, max_protocol="tls1.2")) == 250
    assert new.connections[-1].protocol == "TLSv1.2"
    assert outcome(between(new)) == 250
    assert new.connections[-1].protocol == "TLSv1.3"


def test_min_bits(between, receiver):
    weak = receiver(prepare=at_most(ssl.TLSVersion.TLSv1_2,
                                    "ECDHE-RSA-AES128-GCM-SHA256"))
    assert outcome(between(weak)) == 250
    assert outcome(between(weak, min_bits=256)) == NOT_PROVED


def test_ciphers(between, receiver):
    behind = receiver()
    assert outcome(between(behind, ciphers="TLS_AES_128_GCM_SHA256")) == 250
    assert behind.connections[-1].bits == 128
    assert outcome(between(behind)) == 250
    assert behind.connections[-1].bits == 256


def test_groups(between, receiver):
    behind = receiver(prepare=lambda c: c.set_ecdh_curve("secp384r1"))
    assert outcome(between(behind, groups="P-384")) == 250
    assert outcome(between(behind, groups="P-256")) == NOT_PROVED


def test_certificate_and_key(between, receiver, certificates, mint):
    def ask(context):
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(certificates / "ca.pem")
    behind = receiver(prepare=ask)
    started = between(behind, certificate=certificates / "mx.pem",
                      key=certificates / "mx.key")
    assert outcome(started) == 250
    assert behind.connections[-1].certificate == ssl.PEM_cert_to_DER_cert(
        (certificates / "mx.pem").read_text())
    assert outcome(between(behind)) == 250
    assert behind.connections[-1].certificate is None


def test_ca(between, receiver, certificates, mint):
    wanted = {"tls": "secure", "names": "mx.test"}
    behind = receiver()
    assert outcome(between(behind, ca=certificates / "ca.pem", **wanted)) == \
        250
    assert outcome(between(behind, ca=mint("other.test"), **wanted)) == \
        NOT_PROVED


def test_trust_store(proxy, receiver, certificates):
    wanted = {"receiver__tls": "secure", "receiver__names": "mx.test"}
    behind = receiver()
    assert outcome(proxy(receiver=behind.port, **wanted, trust_store=(
        certificates / "ca.pem"))) == 250
    assert outcome(proxy(receiver=behind.port, **wanted)) == NOT_PROVED


def test_crl(between, receiver, certificates, revoked):
    wanted = {"tls": "secure", "names": "mx.test",
              "ca": certificates / "ca.pem"}
    behind = receiver()
    assert outcome(between(behind, crl=revoked(), **wanted)) == 250
    assert outcome(between(behind, crl=revoked("mx.pem"), **wanted)) == \
        NOT_PROVED


@pytest.mark.parametrize("name, wanted", [
    ("mx.test", 250), (".test", 250), ("other.test,mx.test", 250),
    ("x.test", NOT_PROVED), (".mx.test", NOT_PROVED)])
def test_names(between, receiver, certificates, name, wanted):
    assert outcome(between(receiver(), tls="secure", names=name,
                           ca=certificates / "ca.pem")) == wanted


def test_verify_takes_the_name_dialled(between, receiver, certificates):
    """And no other: names count for secure alone."""
    behind = receiver()
    ca = {"tls": "verify", "ca": certificates / "ca.pem"}
    assert outcome(between(behind, **ca)) == 250
    assert outcome(between(behind, host="localhost", **ca)) == NOT_PROVED


def test_fingerprints(between, receiver, certificates):
    behind, path = receiver(), certificates / "mx.pem"
    for known in (digest(path), key_digest(path),
                  ":".join(["00"] * 32) + "," + digest(path).upper()):
        assert outcome(between(behind, tls="fingerprint",
                               fingerprints=known)) == 250
    assert outcome(between(behind, tls="fingerprint",
                           fingerprints="00" * 32)) == NOT_PROVED


def test_sni(between, receiver):
    behind = receiver()
    for settings, wanted in (
            ({}, None), ({"host": "localhost"}, "localhost"),
            ({"names": "a.test,b.test"}, "a.test"),
            ({"sni": "other.test", "names": "a.test"}, "other.test"),
            ({"sni": "off", "host": "localhost"}, None)):
        assert outcome(between(behind, **settings)) == 250
        assert behind.connections[-1].name == wanted, settings


def test_fallback(between, receiver):
    """Below min-protocol a handshake fails."""
    for word, wanted in (("plain", 250), ("defer", NOT_PROVED)):
        behind = receiver(prepare=at_most(ssl.TLSVersion.TLSv1_1))
        assert outcome(between(behind, tls="may", fallback=word)) == wanted
        assert not any(tls for _, tls in behind.connections[-1].lines)


def test_forgetful(between, receiver):
    for word, codes in (("relay", [505, 503]), ("redial", [250, 250])):
        behind = receiver(tls="demand", forgets=1, demand_reply="505 TLS!")
        made = senders.Sender(between(behind, forgetful=word).port).begin()
        assert made.envelope() == codes
        made.close()
        assert len(behind.connections) == 1 + (word == "redial")


def has_extensions(hello):
    """Of a ClientHello in one record: whether anything follows the
    compression methods."""
    body = hello[9:5 + int.from_bytes(hello[3:5], "big")]
    at = 34 + 1 + body[34]
    at += 2 + int.from_bytes(body[at:at + 2], "big")
    return len(body) > at + 1 + body[at]


def version_asked_for(hello):
    """(format, highest version, extensions or not) of a ClientHello."""
    if hello[0] & 0x80:
        return "v2", hello[3:5].hex(), False
    newest = hello[9:11].hex()
    # supported_versions with TLS 1.3 in it
    if b"\x00\x2b" in hello and b"\x03\x04" in hello:
        newest = "0304"
    return "v3", newest, has_extensions(hello)


@pytest.mark.parametrize("word, shape, old", [
    ("automatic", ("v3", "0304", True), False),
    ("modern", ("v3", "0304", True), False),
    ("compatible", ("v3", "0303", True), False),
    ("schannel", ("v3", "0301", False), True),
    ("legacy-v2", ("v2", "0301", False), True)])
def test_hello_profile(between, receiver, word, shape, old):
    behind = receiver(prepare=at_most(ssl.TLSVersion.MAXIMUM_SUPPORTED))
    more = {"min_protocol": "tls1.0", "min_bits": 40} if old else {}
    outcome(between(behind, hello_profile=word, **more))
    assert version_asked_for(behind.connections[0].hello) == shape


def test_try_unoffered(between, receiver):
    for word, wanted in (("false", NO_TLS), ("true", 250)):
        behind = receiver(tls="unoffered")
        assert outcome(between(behind, try_unoffered=word)) == wanted


def test_stripping(between, receiver):
    """STARTTLS was there, and is gone."""
    for word, wanted in (("warn", 250), ("defer", NO_TLS)):
        behind = receiver()
        started = between(behind, tls="may", stripping=word)
        assert outcome(started) == 250
        assert "but once did" not in started.log()
        behind.tls = "none"
        assert outcome(started) == wanted
        started.line("offers or takes no STARTTLS, but once did")


def test_helo_name(between, receiver):
    behind = receiver()
    for settings, wanted in (({}, "client.test"),
                             ({"helo_name": "relay.test"}, "relay.test")):
        assert outcome(between(behind, **settings)) == 250
        assert {line for line, _ in behind.connections[-1].lines
                if line.startswith("EHLO")} == {"EHLO " + wanted}


def test_identity_none(between, receiver):
    behind = receiver()
    made = senders.Sender(between(behind, identity="none").port,
                          source="127.0.0.7").begin()
    assert made.envelope() == [250, 250]
    assert behind.connections[0].peer == "127.0.0.1"
    assert behind.connections[0].verbs() == [
        "EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT"]


def test_source_address(between, receiver):
    behind = receiver()
    assert outcome(between(behind, source_address="127.0.0.9")) == 250
    assert behind.connections[0].peer == "127.0.0.9"


def test_forward_to_fails_over(proxy, receiver):
    """In order, until one takes a connection; the rest are not asked."""
    dead, good, spare = free_port(), receiver(), receiver()
    started = proxy(receiver=dead, forward_to=",".join(
        f"127.0.0.1:{port}" for port in (dead, good.port, spare.port)))
    assert outcome(started) == 250
    assert len(good.connections) == 1 and not spare.connections
    assert started.session()["receiver"] == f"127.0.0.1:{good.port}"
