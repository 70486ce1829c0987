# SPDX-License-Identifier: ISC
"""sallyport probe with servers that others wrote, new and old: what it finds,
and its suggestion, put into a configuration, which delivers a message."""

import ssl

import pytest

import legacy
import legacy_mail
import sender as senders
from test_probe import (  # noqa: F401 (fixtures)
    MESSAGE, faults, offered, probe, use)

SUGGESTED = "client.test"


@pytest.mark.parametrize("tls", ["demand", "implicit"])
@pytest.mark.parametrize("kind", ["postfix", "exim", "opensmtpd"])
def test_new(probe, use, mailers, certificates, kind, tls):
    made = mailers(kind, tls)
    try:
        made.secure()
    except ssl.SSLError:
        pytest.skip(f"this {kind} cannot do TLS with this OpenSSL")
    status, told = probe(made.port, "--ca", certificates / "ca.pem",
                         *(("--implicit",) if tls == "implicit" else ()))
    assert status == 0, told["faults"]
    assert offered(told)["TLSv1.2"] and told["timing"]["handshake"] > 0
    assert told["suggestion"]["tls"] == "verify"
    assert use(told, made.port)["verified"] == "name"
    assert b"it arrives" in made.messages(1)[0]


@pytest.mark.parametrize("peer, versions", [
    (legacy_mail.OpenSsl(), ("TLSv1.0", "SSLv3")),
    (legacy_mail.Jsse(), ("TLSv1.0", "SSLv3"))],
    ids=["openssl-1.0.1i", "openjdk"])
def test_old(probe, proxy, tmp_path, peer, versions):
    """What it is for: servers that nobody else can talk to any more."""
    with peer.receiver(1024, tmp_path) as made:
        status, told = probe(made.port, "--legacy")
        assert status == 1
        assert {"export", "ssl3"} <= set(faults(told)), told["faults"]
        for version in versions:
            assert offered(told)[version], told["protocols"]
        suites = {suite["suite"] for row in told["protocols"]
                  for suite in row["suites"]}
        assert "TLS_RSA_EXPORT_WITH_RC4_40_MD5" in suites
        served = {row["profile"]: row["served"] for row in told["profiles"]}
        assert served["legacy"] and served["legacy-v2"]
        assert told["suggestion"]["works"] is True
        config = ('listener = { it = { address = [ "127.0.0.1:PORT" ]\n'
                  f'forward-to = [ "127.0.0.1:{made.port}" ] }} }}\n' +
                  "\n".join(told["suggestion"]["receiver"]))
        between = proxy(config=config)
        own = senders.Sender(between.port)
        own.hear()
        own.say(f"EHLO {SUGGESTED}")
        assert own.envelope() == [250, 250]
        assert own.data(MESSAGE.encode())[0] == 250
        own.say("QUIT")
        own.close()
        assert between.session()["receiver-tls"] != "none"
        assert b"it arrives" in made.message(SUGGESTED)
