# SPDX-License-Identifier: ISC
"""What is Postfix's own; what it shares with others is in test_mailers.py
and test_senders.py."""

import messages
import sender as senders


def test_postfix_verified_at_its_wrapper_port(proxy, mailers, certificates):
    strict = mailers("postfix", "implicit")
    between = proxy(receiver=strict.port, receiver__implicit_tls="true",
                    receiver__tls="secure", receiver__names="mx.test",
                    receiver__ca=certificates / "ca.pem")
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO client.test")
    assert made.envelope() == [250, 250]
    assert made.data(messages.multipart())[0] == 250
    made.say("QUIT")
    strict.messages(1)
    assert between.session()["verified"] == "name"


def test_postfix_keeps_what_it_could_not_send(proxy, mailers):
    """A receiver that is away is nothing permanent: the message stays in the
    queue and arrives later."""
    between = proxy(receiver=1, receiver__tls="may")
    origin = mailers("postfix", "none", relay=between.port, spoken="starttls")
    origin.send(messages.dots(), "a@test", ["b@test"])
    line = between.session()
    assert line["reason"] == "receiver-unreachable"
    origin.until("status=deferred")
    assert "status=bounced" not in origin.log()
