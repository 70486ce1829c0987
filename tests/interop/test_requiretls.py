# SPDX-License-Identifier: ISC
"""REQUIRETLS (RFC 8689) to aiosmtpd, which is taught to offer it: a sender is
shown it, and may ask for it, only where both legs keep what it promises."""

import ssl

import pytest

import messages
import proxy as proxies
import sender as senders

controller = pytest.importorskip("aiosmtpd.controller")
smtp = pytest.importorskip("aiosmtpd.smtp")


class Offering(smtp.SMTP):
    """Offers REQUIRETLS under TLS, and writes down who asked for it."""

    async def smtp_MAIL(self, arg):
        words = (arg or "").split(" ")
        asked = "REQUIRETLS" in words
        if asked and self.session.ssl is None:
            await self.push("530 5.7.0 not without TLS")
            return
        self.event_handler.asked.append(asked)
        await super().smtp_MAIL(
            " ".join(w for w in words if w != "REQUIRETLS"))


class Keeper:
    offers = True

    def __init__(self):
        self.asked, self.kept = [], []

    async def handle_EHLO(self, server, session, envelope, name, replies):
        session.host_name = name
        if self.offers and session.ssl is not None:
            replies.insert(1, "250-REQUIRETLS")
        return replies

    async def handle_DATA(self, server, session, envelope):
        self.kept.append(envelope.content)
        return "250 2.0.0 kept"


class Controller(controller.Controller):
    def factory(self):
        return Offering(self.handler, **self.SMTP_kwargs)


@pytest.fixture
def strict(certificates):
    started = []

    def start(offers=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(
            certificates / "mx.pem", certificates / "mx.key")
        made = Controller(
            Keeper(), hostname="127.0.0.1", port=proxies.free_port(),
            tls_context=context, decode_data=False)
        made.handler.offers = offers
        made.start()
        started.append(made)
        return made
    yield start
    for made in started:
        made.stop()


VERIFIED = {"receiver__tls": "secure", "receiver__names": "mx.test"}


def connect(between, secure):
    made = senders.Sender(between.port)
    assert made.hear()[0] == 220
    code, keywords = made.say("EHLO client.test")
    assert code == 250
    if secure:
        assert "REQUIRETLS" not in keywords  # not before TLS
        assert made.starttls()[0] == 220
        code, keywords = made.say("EHLO client.test")
        assert code == 250
    return made, keywords


def refused(made, code):
    got, text = made.say("MAIL FROM:<a@test> REQUIRETLS")
    assert got == 550 and code in text
    # The session goes on, for messages that do not ask.
    assert made.envelope() == [250, 250]
    assert made.data(messages.dots())[0] == 250
    made.say("QUIT")
    made.close()


@pytest.mark.parametrize("level", ["secure", "verify", "fingerprint"])
def test_it_crosses_where_both_legs_keep_it(
        proxy, strict, certificates, level):
    receiver = strict()
    settings = {"receiver__tls": level, "receiver__ca":
                certificates / "ca.pem"}
    if level == "secure":
        settings["receiver__names"] = "mx.test"
    elif level == "fingerprint":
        der = ssl.PEM_cert_to_DER_cert((certificates / "mx.pem").read_text())
        import hashlib
        settings = {"receiver__tls": level, "receiver__fingerprints":
                    hashlib.sha256(der).hexdigest()}
    between = proxy(receiver=receiver.port, **settings)
    made, keywords = connect(between, secure=True)
    assert "REQUIRETLS" in keywords
    assert made.envelope(mail="MAIL FROM:<a@test> REQUIRETLS") == [250, 250]
    assert made.data(messages.dots())[0] == 250
    assert made.envelope() == [250, 250]
    assert made.data(messages.multipart())[0] == 250
    made.say("QUIT")
    made.close()
    assert receiver.handler.asked == [True, False]
    assert receiver.handler.kept == [messages.dots(), messages.multipart()]


def test_a_sender_without_tls_may_not_ask(proxy, strict, certificates):
    receiver = strict()
    between = proxy(receiver=receiver.port, receiver__ca=certificates /
                    "ca.pem", **VERIFIED)
    made, keywords = connect(between, secure=False)
    assert "REQUIRETLS" not in keywords
    refused(made, "5.7.10")
    assert receiver.handler.asked == [False]


def test_nobody_may_ask_of_a_receiver_that_is_not_authenticated(
        proxy, strict):
    receiver = strict()
    between = proxy(receiver=receiver.port, receiver__tls="encrypt")
    made, keywords = connect(between, secure=True)
    assert "REQUIRETLS" not in keywords
    refused(made, "5.7.30")
    assert receiver.handler.asked == [False]


def test_nobody_may_ask_of_a_receiver_without_tls(proxy, strict):
    receiver = strict()
    between = proxy(receiver=receiver.port, receiver__tls="none")
    made, keywords = connect(between, secure=True)
    assert "REQUIRETLS" not in keywords
    refused(made, "5.7.30")
    assert receiver.handler.asked == [False]


def test_nobody_may_ask_of_a_receiver_that_does_not_offer_it(
        proxy, strict, certificates):
    receiver = strict(offers=False)
    between = proxy(receiver=receiver.port, receiver__ca=certificates /
                    "ca.pem", **VERIFIED)
    made, keywords = connect(between, secure=True)
    assert "REQUIRETLS" not in keywords
    refused(made, "5.7.30")
    assert receiver.handler.asked == [False]


def test_an_administrator_may_hide_it(proxy, strict, certificates):
    receiver = strict()
    between = proxy(receiver=receiver.port, sender__hide_keywords="REQUIRETLS",
                    receiver__ca=certificates / "ca.pem", **VERIFIED)
    made, keywords = connect(between, secure=True)
    assert "REQUIRETLS" not in keywords
    refused(made, "5.7.30")
