# SPDX-License-Identifier: ISC
"""Routers that do more than to pass mail on: with routes that go by more than
the destination, with a bridge, with several listeners."""

import pathlib
import re
import shutil
import socket

import pytest

import world
from conftest import CONFIGURATION
from test_interception import FAMILIES, METHODS, deliver

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "proxy/sallyport.8"
BRIDGED = "net/bridge/bridge-nf-call-ip{}tables"


# Rules of such a router have priorities of their own, and come when its
# interfaces do, before or after those of the unit.
@pytest.mark.parametrize("when", ("before", "after"))
@pytest.mark.parametrize("family", FAMILIES)
def test_senders_have_routes_of_their_own(network, family, when):
    senders = {4: "192.0.2.0/24", 6: "2001:db8:1::/64"}[family]

    def route():
        for way in (f"default via {network.RECEIVER[family]} dev wan",
                    f"{senders} dev lan"):
            network.router.ip(f"-{family} route add {way} table 100")
        network.router.ip(f"-{family} rule add priority 1000 from {senders} "
                          "lookup 100")
    if when == "before":
        route()
    network.tproxy()
    if when == "after":
        route()
    receiver = network.receivers()
    network.sallyport(receiver__identity="spoof")
    assert deliver(network.connect(network.RECEIVER[family]))[0] == 250
    assert receiver.connections[0].peer == network.SENDER[family]


def bridge(network, filtered):
    """Puts the senders behind a bridge of the router, "lan" as before, which
    shows its packets to the firewall if filtered."""
    router = network.router
    if not pathlib.Path("/proc/sys/net/bridge").exists():
        pytest.skip("there is no br_netfilter here")
    router.ip("link set lan name port")
    router.ip("link add lan type bridge")
    router.ip("address flush dev port")
    router.ip("link set port master lan up")
    router.ip("link set lan up")
    network.address(router, "lan", network.ROUTER)
    router.set("net/ipv4/conf/lan/rp_filter", 1)
    for version in ("", "6"):
        router.set(BRIDGED.format(version), int(filtered))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_senders_behind_a_bridge(network, method, family):
    bridge(network, filtered=method == "redirect")
    getattr(network, method)()
    receiver = network.receivers()
    network.sallyport()
    assert deliver(network.connect(network.RECEIVER[family]))[0] == 250
    assert receiver.connections[0].peer == network.OUTSIDE[family]


# Where the firewall sees a bridge's packets, the kernel forgets whom TPROXY
# handed them to: they were sent on, in plaintext.
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("routes", (True, False))
def test_a_filtered_bridge_lets_nothing_pass_by(network, family, routes):
    bridge(network, filtered=True)
    if routes:
        network.tproxy()
    else:
        world.need(network.router, "tproxy")
        network.tproxy_rules()
    receiver = network.receivers()
    network.sallyport()
    with network.sender, pytest.raises(OSError):
        socket.create_connection((network.RECEIVER[family], 25), 2)
    assert receiver.connections == []


SECOND = {
    "redirect": """
add rule inet sallyport intercept \\
	iifname $inside tcp dport 465 redirect to :2465
""",
    "tproxy": """
add rule inet sallyport intercept \\
	iifname $inside tcp dport 465 tproxy to :2465 meta mark set 0x5a12 accept
add rule inet sallyport intercept \\
	iifname $inside tcp dport 465 ct state new reject with tcp reset
""",
}


@pytest.mark.parametrize("method", METHODS)
def test_a_second_listener(network, method):
    getattr(network, method)()
    name = f"{method}.nft"
    text = (world.EXAMPLES / name).read_text()
    # What the example says to write behind it.
    for line in SECOND[method].splitlines():
        assert "#\t" + line.rstrip("\\") in text
    network.router.rules(
        'define inside = "lan"\ndefine ports = { 25 }\n'
        f'define listens = 2525\ninclude "{world.EXAMPLES / name}"\n'
        + SECOND[method])
    network.receivers()
    with pytest.raises(ConnectionRefusedError):
        network.connect(network.RECEIVER[4], port=465)
    proxy = network.sallyport(config=CONFIGURATION.replace(
        "listener = {", """listener = {
  second = {
    address    = [ "*:2465" ]
    clients    = [ "0.0.0.0/0", "::/0" ]
    forward-to = "original"
  }"""))
    assert deliver(network.connect(network.RECEIVER[4]))[0] == 250
    assert proxy.session()["listener"] == "router"
    # No receiver has that port.
    code, text = network.connect(network.RECEIVER[4], port=465).hear()
    assert code == 421 and "198.51.100.2:465: connection refused" in text
    assert proxy.line("listener=second ")


# As the manual says to write them, word for word.
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("program", ("nft", "legacy"))
def test_iptables_does_the_same(network, program, family):
    program = f"ip{'6' * (family == 6)}tables-{program}"
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program}; ./bootstrap setup check")
    if network.router.run(program, "-t", "nat", "-L", "-n",
                          check=False).returncode != 0:
        pytest.skip(f"{program} has no table nat here")
    text = MANUAL.read_text().replace("\\e\n", "").replace("eth1", "lan")
    rules = re.findall(r"^iptables (-t nat .*)$", text, re.M)
    assert len(rules) == 3
    for rule in rules:
        network.router.run(program, *rule.split())
    receiver = network.receivers()
    network.sallyport()
    assert deliver(network.connect(network.RECEIVER[family]))[0] == 250
    assert receiver.connections[0].peer == network.OUTSIDE[family]
