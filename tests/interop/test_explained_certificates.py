# SPDX-License-Identifier: ISC
"""Each way a certificate can fail to be believed is provoked, and what is said
of it is what verify_error.def says."""

import pathlib
import socket
import ssl

import pytest

from authority import Authority
from explaining import (  # noqa: F401 (a fixture)
    VERDICTS, Answering, explained, said, watched)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.issue("good", "root")
    return made


def damaged(authority):
    """A certificate whose signature has a bit changed."""
    authority.openssl("x509", "-in", "good.pem", "-outform", "DER",
                      "-out", "good.der")
    bytes_ = bytearray((authority.root / "good.der").read_bytes())
    bytes_[-1] ^= 1
    (authority.root / "damaged.der").write_bytes(bytes_)
    authority.openssl("x509", "-inform", "DER", "-in", "damaged.der",
                      "-out", "damaged.pem")
    return ("damaged", authority.root / "damaged.pem", "good", {})


def with_crl(authority, crl):
    return ("good", authority.root / "good.pem", "good",
            {"receiver__crl": crl})


def wrong(name, *chain, **how):
    """A leaf that is issued so, and the chain sent with it."""
    def make(authority):
        authority.issue(name, "root", **how)
        return (name, authority.chain(name, *chain), name, {})
    return make


def below(name, section, **how):
    """A leaf below an intermediate one of that kind."""
    def make(authority):
        authority.issue(name + "i", "root", section, **how)
        authority.issue(name, name + "i")
        return (name, authority.chain(name, name + "i"), name, {})
    return make


def path_length(authority):
    authority.issue("pathi", "root", "ca0")
    authority.issue("pathj", "pathi", "ca")
    authority.issue("path", "pathj")
    return ("path", authority.chain("path", "pathj", "pathi"), "path", {})


def long_chain(authority):
    names = ["root"]
    for i in range(13):
        authority.issue(f"long{i}", names[-1], "ca")
        names.append(f"long{i}")
    authority.issue("long", names[-1])
    return ("long", authority.chain("long", *reversed(names[1:])), "long", {})


def self_signed(authority):
    authority.issue("alone", None)
    return ("alone", authority.root / "alone.pem", "alone", {})


def other_root(authority):
    authority.issue("root2", None, "ca")
    authority.issue("of2", "root2")
    return ("of2", authority.chain("of2", "root2"), "of2", {})


def other_issuer(authority):
    authority.issue("root3", None, "ca")
    authority.issue("of3", "root3")
    return ("of3", authority.root / "of3.pem", "of3", {})


def issuer_of_authority(authority):
    authority.issue("root4", None, "ca")
    authority.issue("mid4", "root4", "ca")
    authority.issue("of4", "mid4")
    # The middle one is known, what issued it is not.
    return ("of4", authority.root / "of4.pem", "of4",
            {"receiver__ca": authority.root / "mid4.pem"})


def foreign_crl(authority):
    authority.issue("root5", None, "ca")
    return with_crl(authority, authority.crl("foreign", signer="root5"))


def forged_crl(authority):
    path = authority.crl("forged")
    authority.openssl("crl", "-in", path, "-outform", "DER", "-out", "f.der")
    bytes_ = bytearray((authority.root / "f.der").read_bytes())
    bytes_[-1] ^= 1
    (authority.root / "f.der").write_bytes(bytes_)
    authority.openssl("crl", "-inform", "DER", "-in", "f.der", "-out", path)
    return with_crl(authority, path)


PROVOKED_VERDICTS = {
    # The rest of libcrypto's verdicts: a critical extension of nobody's.
    "OTHER": wrong("strange", section="strange"),
    "SELF_SIGNED": self_signed,
    "ROOT_UNKNOWN": other_root,
    "ISSUER_UNKNOWN": other_issuer,
    "ISSUER_MISSING": issuer_of_authority,
    "SIGNATURE": damaged,
    "NOT_YET_VALID": wrong("early", start="20390101000000Z"),
    "EXPIRED": wrong("late", end="20210101000000Z"),
    "NO_CRL": foreign_crl,
    "CRL_SIGNATURE": forged_crl,
    "CRL_EARLY": lambda a: with_crl(
        a, a.crl("early", last="20390101000000Z")),
    "CRL_EXPIRED": lambda a: with_crl(
        a, a.crl("late", next_="20210101000000Z")),
    "REVOKED": lambda a: with_crl(
        a, a.crl("revoked", a.serial_of("good"))),
    "NOT_AUTHORITY": below("noca", "noca"),
    "PATH_LENGTH": path_length,
    "PURPOSE": wrong("purpose", section="client"),
    "CHAIN_LONG": long_chain,
    "CONSTRAINT": below("narrow", "narrow"),
    "KEY_SMALL": wrong("small", bits=1024),
    "AUTHORITY_SMALL": below("smallca", "ca", bits=1024),
    "DIGEST_WEAK": below("sha1ca", "ca", digest="sha1"),
}
# Provoked where there is a DNS to have records in.
ELSEWHERE = {"DANE_NO_MATCH": "test_dane.py"}


class Certified(Answering):
    """Serves implicit TLS with whatever chain a test names."""

    def serve(self, connected):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(*self.answer)
        with connected:
            try:
                context.wrap_socket(connected, server_side=True).recv(1)
            except OSError:
                pass


@pytest.fixture(scope="module")
def certified():
    made = Certified(None)
    yield made
    made.stop()


@pytest.mark.parametrize("verdict", VERDICTS)
def test_verdict(watched, authority, certified, verdict):
    if verdict in ELSEWHERE:
        pytest.skip(f"provoked by {ELSEWHERE[verdict]}")
    _, chain, key, settings = PROVOKED_VERDICTS[verdict](authority)
    certified.answer = chain, authority.root / f"{key}.key"
    settings = {"receiver__ca": authority.root / "root.pem", **settings}
    between = watched(certified.port, receiver__implicit_tls="true",
                      receiver__tls="verify", **settings)
    with socket.create_connection(("127.0.0.1", between.port)) as sender:
        sender.recv(4096)
        text = said(between)
    explained(text, *VERDICTS[verdict])


def test_every_verdict_is_provoked():
    assert set(VERDICTS) == set(PROVOKED_VERDICTS) | set(ELSEWHERE)
    for verdict, test in ELSEWHERE.items():
        text = pathlib.Path(__file__).with_name(test).read_text()
        assert f'explained(log, *VERDICTS["{verdict}"])' in text
