# SPDX-License-Identifier: ISC
"""Each way to speak on one leg with each on the other: what was sent is what
arrives, at the first try, and each leg was protected as it should be."""

import pytest

import messages
import sender as senders

SENDERS = ["plain", "starttls", "implicit"]
RECEIVERS = ["plain", "starttls", "demand", "implicit"]


def receiver_of(kind, receiver):
    return receiver(
        tls={"plain": "none", "starttls": "offer"}.get(kind, "demand"),
        implicit=kind == "implicit")


def settings_of(sender_kind, receiver_kind):
    settings = {"sender__tls": "require" if sender_kind != "plain"
                else "offer"}
    if sender_kind == "implicit":
        settings["sender__implicit_tls"] = "true"
    if receiver_kind == "implicit":
        settings["receiver__implicit_tls"] = "true"
    if receiver_kind == "plain":
        settings["receiver__tls"] = "none"
    return settings


def connect(proxy, kind):
    made = senders.Sender(proxy.port, implicit=kind == "implicit")
    assert made.hear()[0] == 220
    assert made.say("EHLO client.test")[0] == 250
    if kind == "starttls":
        assert made.starttls()[0] == 220
        assert made.say("EHLO client.test")[0] == 250
    return made


@pytest.mark.parametrize("receiver_kind", RECEIVERS)
@pytest.mark.parametrize("sender_kind", SENDERS)
def test_every_message_arrives_whole(
        proxy, receiver, sender_kind, receiver_kind):
    strict = receiver_of(receiver_kind, receiver)
    between = proxy(receiver=strict.port,
                    **settings_of(sender_kind, receiver_kind))
    made = connect(between, sender_kind)
    for message in messages.SMALL.values():
        assert made.envelope() == [250, 250]
        code, text = made.data(message)
        assert code == 250
        assert f"queued as Q{len(strict.messages)}" in text
    assert made.say("QUIT")[0] == 221
    assert strict.messages == list(messages.SMALL.values())
    secure = receiver_kind != "plain"
    assert all(e["tls"] == secure for e in strict.envelopes)
    assert len(strict.connections) == 1
    line = between.session()
    assert line["reason"] == "quit"
    assert line["messages"] == line["recipients"] == \
        str(len(messages.SMALL))
    assert (line["sender-tls"] == "none") == (sender_kind == "plain")
    assert (line["receiver-tls"] == "none") == (receiver_kind == "plain")
    if secure:
        assert line["receiver-tls"].startswith("TLSv1.3/TLS_AES_256_GCM")


def test_nothing_of_the_envelope_crosses_in_plaintext(proxy, receiver):
    strict = receiver(tls="demand")
    between = proxy(receiver=strict.port)
    made = connect(between, "plain")
    made.envelope()
    made.data(messages.dots())
    made.say("QUIT")
    plaintext = [line for line, tls in strict.connections[0].lines
                 if not tls]
    assert plaintext == ["EHLO client.test", "STARTTLS"]


def test_a_receiver_without_tls_gets_nothing(proxy, receiver):
    strict = receiver(tls="none")
    between = proxy(receiver=strict.port)
    made = senders.Sender(between.port)
    assert made.hear()[0] == 220
    code, text = made.say("EHLO client.test")
    assert code == 421 and "4.7.4" in text
    assert strict.connections[0].verbs() in (["EHLO"], ["EHLO", "QUIT"])
    assert between.session()["reason"] == "receiver-no-starttls"


def test_a_receiver_is_verified_by_name(proxy, receiver, certificates):
    strict = receiver(tls="demand")
    between = proxy(receiver=strict.port, receiver__tls="secure",
                    receiver__ca=certificates / "ca.pem",
                    receiver__names="mx.test")
    made = connect(between, "starttls")
    assert made.envelope() == [250, 250]
    assert made.data(messages.multipart())[0] == 250
    made.say("QUIT")
    assert between.session()["verified"] == "name"


@pytest.mark.parametrize("settings", [
    {"receiver__names": "other.test"},
    {"receiver__tls": "fingerprint", "receiver__fingerprints": "00" * 32},
])
def test_another_than_the_wanted_receiver_gets_nothing(
        proxy, receiver, certificates, settings):
    strict = receiver(tls="demand")
    wanted = {"receiver__tls": "secure",
              "receiver__ca": certificates / "ca.pem"}
    if "receiver__tls" in settings:
        wanted = {}
    between = proxy(receiver=strict.port, **wanted, **settings)
    made = senders.Sender(between.port)
    assert made.hear()[0] == 220
    code, text = made.say("EHLO client.test")
    assert code == 421 and "4.7.5" in text
    assert not strict.envelopes
    assert between.session()["reason"] == "receiver-not-verified"


def test_a_big_message_streams_through(proxy, receiver):
    strict = receiver(tls="demand", keywords=("SIZE 0", "8BITMIME"))
    between = proxy(receiver=strict.port)
    made = connect(between, "starttls")
    message = messages.big()
    assert made.envelope() == [250, 250]
    assert made.data(message)[0] == 250
    made.say("QUIT")
    assert strict.messages == [message]
    status = open(f"/proc/{between.process.pid}/status").read()
    peak = int(status.split("VmHWM:")[1].split()[0])
    assert peak < 64 * 1024, f"{peak} KiB for 10 MB"


def test_a_pipelined_group_crosses_in_order(proxy, receiver):
    strict = receiver(tls="demand")
    between = proxy(receiver=strict.port)
    made = connect(between, "starttls")
    made.send(b"MAIL FROM:<a@test>\r\nRCPT TO:<refused@test>\r\n"
              b"RCPT TO:<b@test>\r\nDATA\r\n")
    assert [made.hear()[0] for _ in range(4)] == [250, 550, 250, 354]
    made.send(b"Subject: x\r\n\r\n..\r\n.\r\nNOOP\r\nQUIT\r\n")
    assert [made.hear()[0] for _ in range(3)] == [250, 250, 221]
    assert strict.messages == [b"Subject: x\r\n\r\n.\r\n"]


def test_chunks_cross_as_they_are(proxy, receiver):
    strict = receiver(tls="demand", keywords=("CHUNKING", "BINARYMIME",
                                              "8BITMIME", "PIPELINING"))
    between = proxy(receiver=strict.port)
    made = connect(between, "starttls")
    first = bytes(range(256)) * 40 + b"\r\n.\r\n"
    assert made.envelope() == [250, 250]
    made.send(b"BDAT %d\r\n" % len(first) + first)
    assert made.hear()[0] == 250
    made.send(b"BDAT 5 LAST\r\nend\r\n")
    assert made.hear()[0] == 250
    assert strict.messages == [first + b"end\r\n"]


@pytest.mark.parametrize("dialogue", ["initial", "plain", "login"])
def test_passwords_cross_under_tls_and_show_nowhere(
        proxy, receiver, dialogue):
    strict = receiver(tls="demand", password="open sesame")
    between = proxy("-x", receiver=strict.port)
    made = connect(between, "starttls")
    plain, word = "AHVzZXIAb3BlbiBzZXNhbWU=", "b3BlbiBzZXNhbWU="
    if dialogue == "initial":
        assert made.say("AUTH PLAIN " + plain)[0] == 235
    elif dialogue == "plain":
        assert made.say("AUTH PLAIN")[0] == 334
        assert made.say(plain)[0] == 235
    else:
        assert made.say("AUTH LOGIN")[0] == 334
        assert made.say("dXNlcg==")[0] == 334
        assert made.say(word)[0] == 235
    assert made.envelope() == [250, 250]
    assert made.data(messages.dots())[0] == 250
    assert strict.envelopes[0]["authenticated"]
    made.say("QUIT")
    between.session()
    for secret in (plain, word, "sesame", "61 6d 65"):
        assert secret not in between.log()


def test_passwords_are_not_asked_for_without_tls(proxy, receiver):
    strict = receiver(tls="demand", password="open sesame")
    between = proxy(receiver=strict.port)
    made = senders.Sender(between.port)
    made.hear()
    assert "AUTH" not in made.say("EHLO client.test")[1]
    code, _ = made.say("AUTH PLAIN AHVzZXIAb3BlbiBzZXNhbWU=")
    assert code in (504, 538)
    assert "AUTH" not in strict.connections[0].verbs()
