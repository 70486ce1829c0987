# SPDX-License-Identifier: ISC
"""Rules by the name in a sender's certificate: the name counts only if one of
client-ca's authorities vouches for it."""

import subprocess

import pytest

import sender as senders

CONFIG = """\
listener = {{ inside = {{
  address = [ "127.0.0.1:PORT" ];
  forward-to = [ "127.0.0.1:{port}" ];
  sender = {{ client-certificate = "ask"; client-ca = "{path}/ca.pem"; }};
}}; }};
rules = (
  {{ name = "known"; client-name = [ "*.test" ]; }},
  {{ name = "others"; mail-from = [ "*" ]; action = "refuse";
     reply = "550 5.7.1 show a certificate"; }}
);
"""


@pytest.fixture
def between(proxy, receiver, certificates):
    return proxy(config=CONFIG.format(
        port=receiver(tls="demand").port, path=certificates))


def greeted(between, tls=None):
    made = senders.Sender(between.port, tls=tls)
    made.hear()
    made.say("EHLO client.test")
    made.starttls()
    made.say("EHLO client.test")
    return made


def test_a_trusted_name_is_known(between, certificates):
    tls = senders.context()
    tls.load_cert_chain(certificates / "mx.pem", certificates / "mx.key")
    assert greeted(between, tls).envelope() == [250, 250]


def test_no_certificate_is_no_name(between):
    code, text = greeted(between).say("MAIL FROM:<a@test>")
    assert (code, text) == (550, "550 5.7.1 show a certificate")


def test_an_untrusted_certificate_is_no_name(between, certificates):
    # The authority's own certificate says CN=Test CA; one that signs itself
    # and says CN=x.test would be named if chains were not looked at.
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "3", "-keyout", "self.key", "-out", "self.pem", "-subj",
         "/CN=x.test"], cwd=certificates, check=True, capture_output=True)
    tls = senders.context()
    tls.load_cert_chain(certificates / "self.pem", certificates / "self.key")
    assert greeted(between, tls).say("MAIL FROM:<a@test>")[0] == 550
