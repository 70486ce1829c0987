# SPDX-License-Identifier: ISC
"""policy/examples/intercepted-lan.conf, as it is installed, with the rules and
routes that it speaks of, on the router of such a LAN."""

import pathlib

import pytest

from test_interception import deliver

EXAMPLE = (pathlib.Path(__file__).resolve().parents[2] /
           "policy/examples/intercepted-lan.conf").read_text()


@pytest.fixture(name="lan")
def fixture_lan(network):
    network.tproxy()
    network.sender.ip("address add 192.0.2.8/24 dev eth0")
    network.proxy = network.sallyport(config=EXAMPLE, user="nobody")
    return network


def first(sender):
    """What comes in place of a banner, or for EHLO."""
    heard = sender.hear()
    if heard[0] == 220:
        heard = sender.say("EHLO old.test")
    sender.close()
    return heard


def test_anybody_to_anywhere(lan):
    receiver = lan.receivers(tls="none")
    for to, source in (("198.51.100.2", "192.0.2.8"),
                       ("2001:db8:2::2", "2001:db8:1::7")):
        assert deliver(lan.connect(to, source=source))[0] == 250
        seen = receiver.connections[-1]
        assert (seen.local, seen.peer) == (to, source)


def test_our_own_server_gets_tls_or_nothing(lan):
    plain = lan.receivers(tls="none")
    for to, source in (("203.0.113.25", "192.0.2.8"),
                       ("203.0.113.25", "192.0.2.7"),
                       ("2001:db8:3::25", "2001:db8:1::7")):
        assert first(lan.connect(to, source=source))[1].startswith(
            "421 4.7.4 router.example.com")
    assert plain.messages == []
    lan.ending.remove(plain.stop)
    plain.stop()
    receiver = lan.receivers(tls="demand")
    assert deliver(lan.connect("203.0.113.25", source="192.0.2.8"))[0] == 250
    assert deliver(lan.connect("203.0.113.25", source="192.0.2.7"))[0] == 250
    assert [envelope["tls"] for envelope in receiver.envelopes] == [True] * 2
    assert lan.proxy.line('rule="the old scanner to our own server"')


def test_who_may_not(lan):
    receiver = lan.receivers()
    assert first(lan.connect("198.51.100.2", source="192.0.2.7")) == \
        (554, "554 5.7.1 this device sends to our own server alone")
    assert first(lan.connect("203.0.113.99", source="192.0.2.8")) == \
        (554, "554 5.7.1 mail to that host is not sent from this network")
    lan.sender.ip("address add 203.0.112.9/32 dev lo")
    lan.router.ip("route add 203.0.112.9/32 via 192.0.2.7")
    assert first(lan.connect("198.51.100.2", source="203.0.112.9"))[0] == 554
    assert receiver.connections == []


def test_what_comes_straight_to_the_router(lan):
    receiver = lan.receivers(tls="demand")
    for router, source, to in (
            ("192.0.2.1", "192.0.2.8", "203.0.113.25"),
            ("2001:db8:1::1", "2001:db8:1::7", "2001:db8:3::25")):
        sender = lan.connect(router, port=2525, source=source)
        assert deliver(sender)[0] == 250
        seen = receiver.connections[-1]
        assert (seen.local, seen.peer) == (to, source)
