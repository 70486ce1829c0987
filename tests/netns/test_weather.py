# SPDX-License-Identifier: ISC
"""Networks as they are: lossy, slow, narrow, and a router that restarts."""

import concurrent.futures
import signal
import threading
import time

import pytest

import messages
from relay import Relay
from test_interception import METHODS, deliver
from world import need


def lose(host, hundredths):
    need(host, "numgen")
    host.rules("table inet weather { chain c { type filter hook prerouting "
               "priority -300; meta l4proto tcp numgen random mod 100 < "
               f"{hundredths} drop; }}; }}")


@pytest.mark.parametrize("method", METHODS)
def test_one_packet_of_twenty_is_lost(network, method):
    getattr(network, method)()
    lose(network.router, 5)
    receiver = network.receivers(tls="demand")
    network.sallyport(receiver__identity="spoof"
                      if method == "tproxy" else "none")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        names = list(messages.SMALL)
        done = list(pool.map(lambda name: deliver(
            network.connect(network.RECEIVER[4]), name), names))
    assert [code for code, _ in done] == [250] * len(names)
    assert sorted(receiver.messages) == sorted(messages.SMALL.values())


# 300 ms each way: nothing waits for more than its answer, so that a message
# with TLS on the far leg is through in a few round trips.
def test_a_far_receiver(network):
    network.redirect()
    receiver = network.receivers(tls="demand")
    with network.receiver:
        relay = Relay(("", 26), (network.RECEIVER[4], 25), 0.3)
    network.receiver.rules(
        "table inet far { chain c { type nat hook prerouting priority dstnat; "
        "ip daddr 203.0.113.7 tcp dport 25 redirect to :26; }; }")
    network.ending.append(relay.stop)
    network.sallyport()
    began = time.monotonic()
    assert deliver(network.connect("203.0.113.7"))[0] == 250
    assert receiver.messages == [messages.SMALL["multipart"]]
    # Banner, EHLO, STARTTLS, hello, EHLO, MAIL, RCPT, DATA, content, QUIT.
    assert time.monotonic() - began < 0.6 * 14


# The path to the receiver carries 576 bytes, and neither end knows: what the
# router before the narrow place says of it must reach sallyport, though it is
# said to the sender's address.
@pytest.mark.parametrize("identity", ("none", "spoof"))
def test_a_narrow_path(network, identity):
    network.narrow(576)
    network.tproxy()
    receiver = network.receivers(tls="demand")
    network.sallyport(receiver__identity=identity)
    for name in messages.SMALL:
        assert deliver(network.connect(network.RECEIVER[4]), name)[0] == 250
    assert receiver.messages == list(messages.SMALL.values())
    assert network.narrow_replies() > 0


def test_200_receivers_at_once(network):
    network.tproxy()
    receiver = network.receivers(tls="demand")
    network.sallyport(receiver__identity="spoof",
                      limits__sessions_per_client=0,
                      limits__handshakes_per_client=0)
    addresses = [f"203.0.113.{i}" for i in range(1, 201)]
    together = threading.Barrier(200)

    def send(to):
        sender = network.connect(to)
        sender.hear()
        assert sender.say("EHLO old.test")[0] == 250
        together.wait(60)
        assert sender.envelope(f"b@{to}.test") == [250, 250]
        reply = sender.data(messages.SMALL["looks_like_smtp"])
        sender.say("QUIT")
        sender.close()
        return reply[0]

    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        assert list(pool.map(send, addresses)) == [250] * 200
    assert sorted(seen.local for seen in receiver.connections) == \
        sorted(addresses)
    # Each got the mail that was for it.
    assert sorted(envelope["rcpt"][0] for envelope in receiver.envelopes) == \
        sorted(f"RCPT TO:<b@{to}.test>" for to in addresses)


# Until it is back, nothing passes by; what was in hand is told as undone.
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("how", (signal.SIGKILL, signal.SIGTERM))
def test_sallyport_restarts_in_mid_session(network, method, how):
    getattr(network, method)()
    receiver = network.receivers()
    first = network.sallyport(timeouts__drain="0s")
    sender = network.connect(network.RECEIVER[4])
    sender.hear()
    sender.say("EHLO old.test")
    sender.envelope()
    assert sender.say("DATA")[0] == 354
    sender.send(messages.SMALL["multipart"][:20000])
    first.signal(how)
    first.process.wait(20)
    network.ending.pop()
    try:
        sender.send(messages.SMALL["multipart"][20000:] + b".\r\n")
        code, _ = sender.hear()
    except OSError:
        code = 0
    assert code in (0, 421, 451)
    with pytest.raises(ConnectionRefusedError):
        network.connect(network.RECEIVER[4])
    assert receiver.messages == []
    network.sallyport()
    assert deliver(network.connect(network.RECEIVER[4]))[0] == 250
    assert receiver.messages == [messages.SMALL["multipart"]]


# The rules are gone and come back: sessions that were redirected live on.
def test_the_rules_are_loaded_anew_in_mid_session(network):
    network.tproxy()
    receiver = network.receivers()
    network.sallyport(receiver__identity="spoof")
    sender = network.connect(network.RECEIVER[4])
    sender.hear()
    sender.say("EHLO old.test")
    network.router.run("nft", "flush", "ruleset")
    network.tproxy_rules()
    assert sender.envelope() == [250, 250]
    assert sender.data(messages.SMALL["dots"])[0] == 250
    assert receiver.messages == [messages.SMALL["dots"]]
    sender.say("QUIT")
