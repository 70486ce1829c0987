# SPDX-License-Identifier: ISC
"""Microsoft's Q279214: a sender says STARTTLS, hears 220, says MAIL FROM, and
hears 505 Must issue a STARTTLS command first. Whatever the cause was, the
first message goes through, and the sender sees no 505."""

import ssl

import pytest

import messages
import sender as senders

STRICT = "505 Must issue a STARTTLS command first"


@pytest.fixture
def strict(receiver):
    def start(**options):
        return receiver(tls="demand", demand_reply=STRICT, **options)
    return start


def first_message(made, strict, between):
    message = messages.multipart()
    assert made.envelope() == [250, 250]
    assert made.data(message)[0] == 250
    made.say("QUIT")
    assert strict.messages == [message]
    assert strict.envelopes[0]["tls"]
    return between.session()


def test_without_sallyport_the_first_message_is_refused(strict):
    alone = strict()
    made = senders.Sender(alone.port)
    made.hear()
    made.say("EHLO exch55")
    assert made.envelope()[0] == 505


def test_the_sender_skips_the_handshake(proxy, strict):
    behind = strict()
    between = proxy(receiver=behind.port,
                    sender__missing_handshake="tolerate")
    made = senders.Sender(between.port)
    assert made.hear()[0] == 220
    assert made.say("EHLO exch55")[0] == 250
    assert made.say("STARTTLS")[0] == 220
    line = first_message(made, behind, between)
    assert line["sender-tls"] == "none"
    assert line["receiver-tls"].startswith("TLSv1.3/")


def test_a_sender_that_skips_the_handshake_is_refused_by_default(
        proxy, strict):
    between = proxy(receiver=strict().port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO exch55")
    made.say("STARTTLS")
    code, text = made.say("MAIL FROM:<a@test>")
    assert code == 421 and "4.7.0" in text
    assert between.session()["reason"] == "sender-no-handshake"


def test_the_sender_speaks_old_tls(proxy, strict):
    behind = strict()
    between = proxy(receiver=behind.port, sender__min_protocol="tls1.0",
                    sender__min_bits=112)
    made = senders.Sender(
        between.port, tls=senders.context(ssl.TLSVersion.TLSv1))
    made.hear()
    made.say("EHLO exch55")
    assert made.starttls()[0] == 220
    made.say("EHLO exch55")
    line = first_message(made, behind, between)
    assert line["sender-tls"].split("/")[0] == "TLSv1.0"
    assert "uses TLSv1.0" in between.log()
    assert line["receiver-tls"].startswith("TLSv1.3/")


def test_the_sender_says_no_ehlo_after_tls(proxy, strict):
    behind = strict()
    between = proxy(receiver=behind.port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO exch55")
    assert made.starttls()[0] == 220
    first_message(made, behind, between)


def test_the_receiver_forgets_its_first_tls(proxy, strict):
    behind = strict(forgets=1)
    between = proxy(receiver=behind.port, receiver__forgetful="redial")
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO exch55")
    assert made.starttls()[0] == 220
    made.say("EHLO exch55")
    first_message(made, behind, between)
    assert len(behind.connections) == 2
    # The first connection never saw more than its refused MAIL.
    assert behind.connections[0].verbs()[-1] in ("MAIL", "QUIT")


def test_a_receiver_that_forgets_is_relayed_by_default(proxy, strict):
    behind = strict(forgets=1)
    between = proxy(receiver=behind.port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO exch55")
    assert made.say("MAIL FROM:<a@test>")[0] == 505
    assert len(behind.connections) == 1
