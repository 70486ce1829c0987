# SPDX-License-Identifier: ISC
"""Several receivers: one that does not serve is passed over before the first
MAIL, whatever it fails in, and the sender hears nothing of it."""

import pytest

import messages
import proxy as proxy_module
import receiver as receivers
import sender as senders
from explaining import alert, answering  # noqa: F401 (fixture)

CONFIG = """\
listener = {{
  in = {{
    address    = [ "127.0.0.1:PORT" ]
    forward-to = [ {receivers} ]
    receiver   = {{ tls = "{level}" }}
  }}
}}
"""


def between(proxy, level, *ports):
    return proxy(config=CONFIG.format(level=level, receivers=", ".join(
        f'"127.0.0.1:{port}"' for port in ports)))


def always(verb, reply):
    """Answers a verb so, whatever else is true."""
    return type("Always", (receivers.Dialogue,), {
        f"do_{verb.lower()}": lambda self, _: self.say(reply)})


def deliver(started):
    made = senders.Sender(started.port).begin()
    assert made.envelope() == [250, 250]
    reply = made.data(messages.SMALL["multipart"])
    made.say("QUIT")
    made.close()
    return reply[0]


def test_each_way_not_to_serve(proxy, receiver):
    """Nobody there, too busy, no EHLO, no STARTTLS, a refused one."""
    passed_over = [
        receiver(banner="421 4.3.2 too busy"),
        receiver(banner="554 5.3.2 not today"),
        receiver(dialogue=always("EHLO", "421 4.3.2 too busy")),
        receiver(tls="none"),
        receiver(dialogue=always("STARTTLS", "454 4.7.0 no key")),
    ]
    serves = receiver(tls="demand")
    started = between(proxy, "encrypt", proxy_module.free_port(),
                      *[one.port for one in passed_over], serves.port)
    assert deliver(started) == 250
    assert serves.messages == [messages.SMALL["multipart"]]
    assert not any(one.messages for one in passed_over)
    assert started.session()["receiver"] == f"127.0.0.1:{serves.port}"
    assert started.log().count("the next of forward-to is dialled") == 5


def test_the_last_ones_failure_is_told(proxy, receiver):
    first = receiver(tls="none")
    last = receiver(banner="421 4.3.2 too busy")
    started = between(proxy, "encrypt", first.port, last.port)
    made = senders.Sender(started.port)
    assert made.hear()[0] == 220
    assert made.say("EHLO client.test")[0] == 421
    assert started.session()["reason"] == "receiver-refused"


@pytest.mark.parametrize("answer, cause", [
    (alert(40), "handshake failure"),
    (alert(70), "protocol version"),
    (None, "closed the connection")])
def test_the_sender_is_told_once_what_failed(proxy, answering, answer, cause):
    """The reply and the log name the receiver and the cause, once each."""
    first, last = answering(alert(80)), answering(answer)
    started = between(proxy, "encrypt", first.port, last.port)
    made = senders.Sender(started.port)
    assert made.hear()[0] == 220
    code, reply = made.say("EHLO client.test")
    assert code == 421 and len(reply) <= 510
    assert f"TLS with the receiver failed: 127.0.0.1:{last.port}: " in reply
    assert reply.count("failed") == reply.count(cause) == 1
    logged = started.line("TLS with the receiver failed: "
                          f"127.0.0.1:{last.port}: ")
    assert logged.count("failed") == logged.count(cause) == 1


def test_not_after_a_message_began(proxy, receiver):
    """What the first one accepted is never begun again with the second."""
    first = receiver(
        tls="demand", dialogue=always("RCPT", "421 4.3.2 going down"))
    second = receiver(tls="demand")
    started = between(proxy, "encrypt", first.port, second.port)
    made = senders.Sender(started.port).begin()
    assert made.say("MAIL FROM:<a@test>")[0] == 250
    assert made.say("RCPT TO:<b@test>")[0] == 421
    started.session()
    assert second.connections == []
