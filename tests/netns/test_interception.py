# SPDX-License-Identifier: ISC
"""Mail that passes through a router, and sallyport on it: where it goes, whom
the receiver sees, and what is demanded of whom."""

import pytest

import messages
from conftest import CONFIGURATION
from proxy import fields

METHODS = ("redirect", "tproxy")
FAMILIES = (4, 6)


def deliver(sender, name="multipart"):
    sender.hear()
    assert sender.say("EHLO old.test")[0] == 250
    assert sender.envelope() == [250, 250]
    reply = sender.data(messages.SMALL[name])
    assert sender.say("QUIT")[0] == 221
    sender.close()
    return reply


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_mail_goes_where_it_was_going(network, method, family):
    getattr(network, method)()
    receiver = network.receivers(tls="demand")
    proxy = network.sallyport()
    to = network.RECEIVER[family]
    sender = network.connect(to)
    # The sender sees whom it called.
    assert sender.socket.getpeername()[0] == to
    assert deliver(sender)[0] == 250
    assert receiver.messages == [messages.SMALL["multipart"]]
    seen = receiver.connections[0]
    assert (seen.peer, seen.local) == (network.OUTSIDE[family], to)
    assert seen.protocol == "TLSv1.3"
    ended = proxy.session()
    assert ended["client"].startswith(
        network.SENDER[family] if family == 4 else "[2001:db8:1::7]:")
    assert ended["receiver"] in (f"{to}:25", f"[{to}]:25")
    assert (ended["messages"], ended["reason"]) == ("1", "quit")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_the_receiver_sees_the_sender(network, method, family):
    getattr(network, method)()
    if method == "redirect":
        # What answers the sender's address belongs to sallyport.
        network.router.start_unit("sallyport-routes.service")
        network.router.rules(
            "table inet back { chain c { type filter hook prerouting "
            "priority mangle; socket transparent 1 socket wildcard 0 "
            "meta mark set 0x5a12 accept; }; }")
    receiver = network.receivers()
    network.sallyport(receiver__identity="spoof")
    sender = network.connect(network.RECEIVER[family])
    mine = sender.socket.getsockname()[1]
    assert deliver(sender)[0] == 250
    seen = receiver.connections[0]
    assert seen.peer == network.SENDER[family]
    assert seen.port != mine
    assert receiver.messages == [messages.SMALL["multipart"]]


def test_postfix_logs_the_true_client(network):
    network.tproxy()
    postfix = network.postfix()
    network.sallyport(receiver__identity="spoof")
    assert deliver(network.connect(network.RECEIVER[4]))[0] == 250
    stored, = postfix.messages(1)
    assert messages.as_delivered(stored) == messages.SMALL["multipart"]
    postfix.until(f"client=unknown[{network.SENDER[4]}]")
    assert network.OUTSIDE[4] not in postfix.log()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_what_was_not_redirected(network, method, family):
    getattr(network, method)()
    receiver = network.receivers()
    proxy = network.sallyport()
    # Straight to sallyport: nobody knows where to.
    code, text = network.connect(network.ROUTER[family], port=2525).hear()
    assert code == 421 and text.startswith("421 4.3.5 router.test")
    assert fields(proxy.line("reason="))["reason"] == "not-redirected"
    assert receiver.connections == []


@pytest.mark.parametrize("method", METHODS)
def test_what_was_not_redirected_goes_to_the_default(network, method):
    getattr(network, method)()
    receiver = network.receivers()
    network.sallyport(listener__default_forward_to="203.0.113.9:25")
    assert deliver(network.connect(network.ROUTER[4], port=2525))[0] == 250
    assert deliver(network.connect(network.RECEIVER[4]))[0] == 250
    assert [seen.local for seen in receiver.connections] == \
        ["203.0.113.9", network.RECEIVER[4]]


# The same rule for both: nothing of mail to the router itself is taken.
@pytest.mark.parametrize("method", METHODS)
def test_mail_to_the_router_itself_is_left_alone(network, method):
    getattr(network, method)()
    local = network.receivers(host=network.router)
    network.sallyport()
    assert deliver(network.connect(network.ROUTER[4]))[0] == 250
    assert local.connections[0].peer == network.SENDER[4]


RULES = CONFIGURATION + """\
rules = (
  { name = "strict"  destination = [ "203.0.113.16/28", "2001:db8:3::/64" ]
    receiver = { tls = "encrypt" } },
  { name = "closed"  destination = "203.0.113.99"  action = "refuse"
    reply = "550 5.7.1 not there" },
  { name = "elsewhere"  destination = "203.0.113.5"
    forward-to = "198.51.100.2:25" } )
"""


@pytest.mark.parametrize("method", METHODS)
def test_rules_go_by_destination(network, method):
    getattr(network, method)()
    receiver = network.receivers(tls="none")
    proxy = network.sallyport(config=RULES)
    for to, code in (("203.0.113.17", 421), ("2001:db8:3::1", 421),
                     ("203.0.113.1", 250)):
        sender = network.connect(to)
        sender.hear()
        assert sender.say("EHLO old.test")[0] == code
        sender.close()
    code, text = network.connect("203.0.113.99").hear()
    assert (code, text) == (550, "550 5.7.1 not there")
    assert deliver(network.connect("203.0.113.5"))[0] == 250
    assert receiver.connections[-1].local == "198.51.100.2"
    assert fields(proxy.line(r"receiver=203.0.113.17:25 "))["rule"] == \
        "strict"


# What one receiver cannot do is remembered of it alone.
def test_each_receiver_has_a_memory_of_its_own(network):
    network.redirect()
    network.sallyport("--set", "receiver.stripping=defer")
    offering = network.receivers()
    assert deliver(network.connect("203.0.113.1"))[0] == 250
    offering.stop()
    network.ending.remove(offering.stop)
    network.receivers(tls="none")
    sender = network.connect("203.0.113.1")
    sender.hear()
    assert sender.say("EHLO old.test")[0] == 421
    assert deliver(network.connect("203.0.113.2"))[0] == 250


# Nobody is let by when sallyport is not there.
@pytest.mark.parametrize("method", METHODS)
def test_without_sallyport_senders_are_refused(network, method):
    getattr(network, method)()
    receiver = network.receivers()
    with pytest.raises(ConnectionRefusedError):
        network.connect(network.RECEIVER[4])
    assert receiver.connections == []
    # Anything else passes.
    with pytest.raises(ConnectionRefusedError):
        network.connect(network.RECEIVER[4], port=26)


# Loaded again, an example takes the place of what was loaded before.
def test_an_example_is_loaded_again(network):
    network.tproxy()
    for name in ("redirect.nft", "tproxy.nft", "redirect.nft"):
        network.router.load(name, inside='"lan"', ports="{ 26 }", listens=2525)
    rules = network.router.run("nft", "list", "ruleset").stdout
    assert rules.count("redirect to") == 1
    assert "dport 25 " not in rules and "tproxy" not in rules


# As the manual says: TPROXY alone lets pass by what finds no listener.
def test_the_last_line_of_tproxy_closes_it(network):
    network.tproxy()
    receiver = network.receivers()
    chain = "inet", "sallyport", "intercept"
    rules = network.router.run("nft", "-a", "list", "chain", *chain).stdout
    last = rules.splitlines()[-3]
    assert "reject" in last
    network.router.run("nft", "delete", "rule", *chain, "handle",
                       last.split()[-1])
    assert deliver(network.connect(network.RECEIVER[4]))[0] == 250
    assert receiver.connections[0].peer == network.SENDER[4]
    network.sallyport()
    assert deliver(network.connect(network.RECEIVER[4]))[0] == 250
    assert receiver.connections[1].peer == network.OUTSIDE[4]


def test_tproxy_needs_a_right_and_says_so(network):
    network.redirect()
    receiver = network.receivers()
    network.binary = network.without_rights()
    proxy = network.sallyport()
    assert "TPROXY rules cannot bring senders here" in proxy.log()
    assert deliver(network.connect(network.RECEIVER[4]))[0] == 250
    assert receiver.messages


# A link-local receiver is one of an interface; where that is not known it is
# told so, and not sought.
def test_a_link_local_receiver(network):
    to = network.link_local(network.receiver, "eth0")
    receiver = network.receivers()
    network.sallyport(config=CONFIGURATION.replace(
        '"original"', f'"[{to}%wan]:25"'))
    assert deliver(network.connect(network.ROUTER[4], port=2525))[0] == 250
    assert receiver.connections[0].local.startswith(to)
    told = network.sallyport(config=CONFIGURATION.replace(
        '"*:2525"', '"*:2526"').replace('"original"', """"original"
    proxy-protocol-from = "192.0.2.7" """))
    for header, why in ((f"TCP6 2001:db8::1 {to} 1 25", "its interface"),
                        ("TCP4 192.0.2.9 198.51.100.2 1 0", "no port")):
        sender = network.connect(network.ROUTER[4], port=2526)
        sender.send(b"PROXY " + header.encode() + b"\r\n")
        code, text = sender.hear()
        assert code == 421 and text.startswith("421 4.4.1 router.test ")
        assert why in text
    assert [line["reason"] for line in told.sessions(2)] == \
        ["receiver-unreachable"] * 2
    assert len(receiver.connections) == 1


@pytest.mark.parametrize("families", ((4, 6), (4,)))
def test_the_routes_come_and_go_without_a_word(network, families):
    unit, router = "sallyport-routes.service", network.router
    if 6 not in families:
        router.set("net/ipv6/conf/all/disable_ipv6", 1)

    def marked(family):
        # A table that nothing was ever in is an error to show.
        return (" 0x5a12 " in router.ip(f"-{family} rule").stdout,
                router.run("ip", f"-{family}", "route", "show", "table",
                           "2525", check=False).stdout != "")
    for _ in range(2):
        assert router.start_unit(unit) == ""
        for family in families:
            assert marked(family) == (True, True)
        assert router.stop_unit(unit) == ""
        for family in FAMILIES:
            assert marked(family) == (False, False)


def test_half_a_start_of_the_routes_leaves_none(network):
    unit, router = "sallyport-routes.service", network.router
    router.ip("-4 rule add fwmark 0x5a12 lookup 2525 protocol kernel")
    assert "No such" in router.stop_unit(unit)
    assert " 0x5a12 " not in router.ip("-4 rule").stdout


def test_where_ipv6_is_off_mail_goes_where_it_was_going(network):
    network.router.set("net/ipv6/conf/all/disable_ipv6", 1)
    network.tproxy()
    receiver = network.receivers()
    network.sallyport(receiver__identity="spoof")
    assert deliver(network.connect(network.RECEIVER[4]))[0] == 250
    assert receiver.connections[0].peer == network.SENDER[4]
