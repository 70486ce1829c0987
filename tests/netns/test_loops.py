# SPDX-License-Identifier: ISC
"""RFC 5321 section 6.3: loops must be stopped. Each way in which sallyport
could become its own sender is laid, and refused at once."""

import concurrent.futures
import time

import pytest

from conftest import CONFIGURATION
from test_interception import deliver
from world import need


def refused_at_once(
        network, proxy, to, port=25, host=None, sessions=2, within=5):
    began = time.monotonic()
    code, text = network.connect(to, port=port, host=host).hear()
    assert (code, text[:23]) == (421, "421 4.4.6 router.test (")
    assert time.monotonic() - began < within
    proxy.line("reason=loop ")
    time.sleep(0.2)
    assert proxy.log().count(" reason=") <= sessions


# The receiver is a listener of ours, by whatever name.
def test_the_default_is_sallyport_itself(network):
    network.redirect()
    proxy = network.sallyport(
        listener__default_forward_to="198.51.100.1:2525")
    refused_at_once(network, proxy, network.ROUTER[4], port=2525, sessions=1)


@pytest.mark.parametrize("family", (4, 6))
def test_the_destination_is_sallyport_itself(network, family):
    network.redirect()
    network.router.rules(
        "table inet more { chain c { type nat hook prerouting "
        "priority dstnat; tcp dport 2526 redirect to :2525; }; }")
    proxy = network.sallyport(config=CONFIGURATION.replace(
        '"*:2525"', '"*:2525", "*:2526"'))
    refused_at_once(
        network, proxy, network.ROUTER[family], port=2526, sessions=1)


# A rule that knows no exception brings our own connections back to us.
CATCH_ALL = ("table inet catch { chain c { type nat hook output "
             "priority -100; tcp dport 25 redirect to :2525; }; }")


@pytest.mark.parametrize("family", (4, 6))
def test_our_own_connection_comes_back(network, family):
    network.redirect()
    network.router.rules(CATCH_ALL)
    receiver = network.receivers()
    proxy = network.sallyport()
    refused_at_once(network, proxy, network.RECEIVER[family])
    assert receiver.connections == []


def test_it_comes_back_for_a_listener_with_a_receiver_too(network):
    network.redirect()
    network.router.rules(CATCH_ALL)
    proxy = network.sallyport(
        config=CONFIGURATION.replace('"original"', '"198.51.100.2:25"'))
    refused_at_once(network, proxy, network.RECEIVER[4])


# Mail of the router's own programs is intercepted, and ours is exempt, by its
# mark alone or by our user alone.
@pytest.mark.parametrize("exempt", ("mark", "user"))
def test_the_rules_exempt_sallyport(network, exempt):
    network.redirect()
    network.router.load(
        "local.nft", proxy='"nobody"' if exempt == "user" else '"daemon"',
        ports="{ 25 }", listens=2525)
    receiver = network.receivers()
    if exempt == "user":
        network.binary = network.without_rights()
    proxy = network.sallyport()
    to = network.RECEIVER[4]
    assert deliver(network.connect(to, host=network.router))[0] == 250
    assert deliver(network.connect(to))[0] == 250
    assert len(receiver.connections) == 2
    assert [line["reason"] for line in proxy.sessions(2)] == ["quit"] * 2


def test_without_either_it_is_a_loop(network):
    network.redirect()
    network.router.load("local.nft", proxy='"daemon"', ports="{ 25 }",
                        listens=2525)
    network.binary = network.without_rights()
    proxy = network.sallyport()
    refused_at_once(network, proxy, network.RECEIVER[4])


# Addresses are translated on the way, both of them: nothing of the connection
# tells that it is ours.
def translate(network, port, to):
    for family, ip, outside in ((4, "ip", network.OUTSIDE[4]),
                                (6, "ip6", f"[{network.OUTSIDE[6]}]")):
        network.receiver.rules(
            f"table {ip} hairpin {{ chain a {{ type nat hook prerouting "
            f"priority dstnat; tcp dport {port} dnat to {outside}:{to}; }}; "
            "chain b { type nat hook postrouting priority srcnat; "
            f"{ip} daddr {network.OUTSIDE[family]} masquerade; }}; }}")
    network.receiver.set("net/ipv4/ip_forward", 1)
    network.receiver.set("net/ipv6/conf/all/forwarding", 1)


# The clock in its first packet does.
@pytest.mark.parametrize("family", (4, 6))
def test_its_addresses_are_translated(network, family):
    need(network.router, "redirect")
    translate(network, 2600, 2525)
    to = ("198.51.100.2", "[2001:db8:2::2]")[family == 6]
    proxy = network.sallyport(config=CONFIGURATION.replace(
        '"original"', f'"{to}:2600"'))
    refused_at_once(network, proxy, network.ROUTER[family], port=2525)


# A burst of the router's own programs is no loop, though each dials whom
# sallyport dials, from the same address and within the same milliseconds; nor
# is one of senders whose clock is this kernel's, and whose address is taken.
@pytest.mark.parametrize("whose", ("router", "sender"))
def test_a_burst_is_no_loop(network, whose):
    if whose == "router":
        network.redirect()
        network.router.load("local.nft", proxy='"nobody"', ports="{ 25 }",
                            listens=2525)
    else:
        network.tproxy()
    receiver = network.receivers()
    proxy = network.sallyport(
        receiver__identity="none" if whose == "router" else "spoof")
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        done = list(pool.map(lambda _: deliver(network.connect(
            network.RECEIVER[4], host=getattr(network, whose))), range(100)))
    assert [code for code, _ in done] == [250] * 100
    assert len(receiver.messages) == 100
    assert "reason=loop" not in proxy.log()


# That packet is lost, or has no clock. Nobody ever greets in it: one of its
# connections is closed, to see whether another ends. No limit helps.
@pytest.mark.parametrize("family", (4, 6))
def test_a_loop_that_only_grows(network, family):
    need(network.router, "redirect")
    translate(network, 2600, 2525)
    network.router.set("net/ipv4/tcp_timestamps", 0)
    to = ("198.51.100.2", "[2001:db8:2::2]")[family == 6]
    proxy = network.sallyport(
        config=CONFIGURATION.replace('"original"', f'"{to}:2600"'),
        limits__sessions_per_client=0, limits__sessions_per_network=0)
    refused_at_once(network, proxy, network.ROUTER[family], port=2525,
                    sessions=50, within=15)
    proxy.line("leads back here")


# It passes by once more, and then arrives. Where the clock does not tell, the
# private keyword shows it.
@pytest.mark.parametrize("tls", ("none", "offer"))
def test_it_passes_by_twice(network, tls):
    need(network.router, "redirect")
    translate(network, 2600, 2526)
    network.router.set("net/ipv4/tcp_timestamps", 0)
    receiver = network.receivers(tls=tls)
    proxy = network.sallyport(config=CONFIGURATION.replace(
        '"original"', '"198.51.100.2:2600"').replace(
            "listener = {", """listener = {
  second = {
    address    = [ "*:2526" ]
    clients    = [ "0.0.0.0/0" ]
    forward-to = "198.51.100.2:25"
    receiver   = { tls = "may" }
  }"""))
    sender = network.connect(network.ROUTER[4], port=2525)
    assert sender.hear()[0] == 220
    code, text = sender.say("EHLO old.test")
    assert (code, text[:23]) == (421, "421 4.4.6 router.test (")
    proxy.line("reason=loop ")
    # The second, by itself, is as good as any, and shows nothing private.
    sender = network.connect(network.ROUTER[4], port=2526)
    assert sender.hear()[0] == 220
    assert "XLOOP" not in sender.say("EHLO old.test")[1]
    assert sender.envelope() == [250, 250]
    assert sender.data(b"a: b\r\n\r\n")[0] == 250
    assert sender.say("QUIT")[0] == 221
    assert len(receiver.messages) == 1


# One sallyport behind another is none, whichever stands first, with one name
# or two, and though both ways are used at once.
@pytest.mark.parametrize("name", ("router.test", "second.test"))
def test_a_chain_is_no_loop(network, name):
    receiver = network.receivers(tls="demand")
    last = network.receivers(host=network.router, tls="demand")
    chain = CONFIGURATION.replace(
        '"original"', '"198.51.100.2:2526"').replace(
            "listener = {", """listener = {
  back = {
    address    = [ "*:2526" ]
    clients    = [ "0.0.0.0/0" ]
    forward-to = "127.0.0.1:25"
    receiver   = { tls = "encrypt" }
  }""")
    proxies = [
        network.sallyport(config=chain),
        network.sallyport(host=network.receiver, hostname=name, config=chain
                          .replace("198.51.100.2", network.OUTSIDE[4]))]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda to: deliver(network.connect(to, 2525)),
                             (network.ROUTER[4], network.RECEIVER[4]) * 10))
    assert [code for code, _ in done] == [250] * 20
    assert len(receiver.messages) == len(last.messages) == 10
    for proxy in proxies:
        assert [line["reason"] for line in proxy.sessions(20)] == ["quit"] * 20


# Two that send to each other: one finds it out, and its refusal goes round.
def test_two_that_send_to_each_other(network):
    proxies = [
        network.sallyport(config=CONFIGURATION.replace(
            '"original"', f'"{network.RECEIVER[4]}:2525"')),
        network.sallyport(host=network.receiver, hostname="second.test",
                          config=CONFIGURATION.replace(
                              '"original"', f'"{network.OUTSIDE[4]}:2525"'))]
    began = time.monotonic()
    code, text = network.connect(network.ROUTER[4], port=2525).hear()
    assert code == 421 and "4.4.6" in text
    assert time.monotonic() - began < 5
    assert any(line["reason"] == "loop"
               for proxy in proxies for line in proxy.sessions(1))
