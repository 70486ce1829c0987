# SPDX-License-Identifier: ISC
"""aiosmtpd, which demands STARTTLS, as the receiver."""

import ssl

import pytest

import messages
import proxy as proxies
import sender as senders

controller = pytest.importorskip("aiosmtpd.controller")


class Keeper:
    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return "250 2.0.0 kept"


@pytest.fixture
def aiosmtpd(certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "mx.pem", certificates / "mx.key")
    made = controller.Controller(
        Keeper(), hostname="127.0.0.1", port=proxies.free_port(),
        tls_context=context, require_starttls=True, enable_SMTPUTF8=True,
        decode_data=False)
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("secure", [False, True])
def test_messages_reach_aiosmtpd(proxy, aiosmtpd, secure):
    between = proxy(receiver=aiosmtpd.port)
    made = senders.Sender(between.port)
    made.hear()
    _, keywords = made.say("EHLO client.test")
    assert "SMTPUTF8" in keywords and "8BITMIME" in keywords
    if secure:
        assert made.starttls()[0] == 220
        made.say("EHLO client.test")
    for message in (messages.multipart(), messages.dots(),
                    messages.eight_bit()):
        assert made.envelope(
            "empfänger@test",
            mail="MAIL FROM:<büro@test> SMTPUTF8 BODY=8BITMIME") \
            == [250, 250]
        assert made.data(message) == (250, "250 2.0.0 kept")
    made.say("QUIT")
    made.close()
    kept = aiosmtpd.handler.envelopes
    assert [e.content for e in kept] == [
        messages.multipart(), messages.dots(), messages.eight_bit()]
    assert kept[0].mail_from == "büro@test"
    assert kept[0].rcpt_tos == ["empfänger@test"]
