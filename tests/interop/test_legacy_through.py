# SPDX-License-Identifier: ISC
"""Every legacy suite and version with a real message through it, end to end:

    modern sender -> sallyport == legacy leg == sallyport -> Postfix (TLS 1.2+)

The first sallyport plays the old sender of the second, so one message crosses
the legacy engine in both roles: as client toward an old receiver, as server
toward an old sender. Other people's old TLS meets the engine in the other
test_legacy files; EXPORT1024, which nothing packaged speaks, in recorded
sessions (tests/unit)."""

import pytest

import legacy_mail
import messages
import sender as senders

SUITES = {
    "TLS_RSA_EXPORT_WITH_RC4_40_MD5": 40,
    "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5": 40,
    "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA": 40,
    "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA": 56,
    "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA": 56,
    "TLS_RSA_WITH_DES_CBC_SHA": 56,
    "TLS_RSA_WITH_RC4_128_MD5": 128,
    "TLS_RSA_WITH_RC4_128_SHA": 128,
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA": 112,
    "TLS_RSA_WITH_AES_128_CBC_SHA": 128,
    "TLS_RSA_WITH_AES_256_CBC_SHA": 256,
}
VERSIONS = {"ssl3": "SSLv3", "tls1.0": "TLSv1.0"}
CELLS = [(version, suite) for version in VERSIONS for suite in SUITES]

# Which suite and version the old leg has is chosen by the name in EHLO.
RULE = """\
{{ name = "{name}"; helo = [ "{name}" ];
   receiver = {{ ciphers = [ "{suite}" ]; max-protocol = "{version}"; }}; }}"""


def name_of(version, suite):
    return f"{version}.{suite}".replace("_", "-").lower()


@pytest.fixture
def legs(proxy, mailers):
    """(modern sender's side, strict receiver's side, Postfix)"""
    strict = mailers("postfix", "demand",
                     smtpd_tls_mandatory_protocols=">=TLSv1.2")
    bridge = proxy("--set", "limits.handshakes-per-client=0",
                   receiver=strict.port, sender__min_protocol="ssl3",
                   sender__min_bits=40)
    rules = ", ".join(RULE.format(name=name_of(*cell), version=cell[0],
                                  suite=cell[1]) for cell in CELLS)
    return proxy(config=legacy_mail.TO_OLD.format(
        port=bridge.port, rules=rules)), \
        bridge, strict


def carry(port, helo, message):
    made = senders.Sender(port)
    made.hear()
    made.say(f"EHLO {helo}")
    assert made.starttls()[0] == 220
    made.say(f"EHLO {helo}")
    assert made.envelope(mail="MAIL FROM:<a@test> BODY=8BITMIME") == [250, 250]
    reply = made.data(message)
    made.say("QUIT")
    made.close()
    return reply


def test_each_suite_carries_a_message_to_postfix(legs, capsys):
    old, bridge, strict = legs
    message = messages.multipart()
    table = []
    for version, suite in CELLS:
        helo = name_of(version, suite)
        assert carry(old.port, helo, message)[0] == 250, (version, suite)
        leg = f"{VERSIONS[version]}/{suite}/{SUITES[suite]}"
        for between, key in ((old, "receiver-tls"), (bridge, "sender-tls")):
            # Not that of a hello before it, which the other refused.
            line = between.line(rf" helo={helo} .* messages=1 ")
            assert f" {key}={leg} " in line
        assert " receiver-tls=TLSv1.3/" in line
        assert " reason=quit " in line
        table.append(leg)
    arrived = strict.messages(len(CELLS))
    assert [messages.as_delivered(stored) for stored in arrived] == \
        [message] * len(CELLS)
    with capsys.disabled():
        print("\n  " + "\n  ".join(table))
