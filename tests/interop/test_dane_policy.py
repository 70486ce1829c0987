# SPDX-License-Identifier: ISC
"""DANE and the rest of the configuration: rules that raise the level, the
file that resolver names, REQUIRETLS."""

import os
import pathlib
import re
import socket
import subprocess
import time

import pytest

import sender as senders
from dane_world import CONFIG, OTHER



@pytest.mark.parametrize("proven", [True, False])
def test_requiretls_is_kept_by_a_record(world, dns, proxy, proven):
    world.receive(tls="demand", keywords=("REQUIRETLS",))
    world.mx(*([world.right()] if proven else []))
    dns.start()
    world.proxy = proxy(config=CONFIG.format(
        level="dane", resolver=dns.config,
        to=f'"mx.test:{world.receiver.port}"').replace(
            'tls = "none"', 'tls = "require"'))
    assert world.hello()[0] == 250
    assert world.sender.starttls()[0] == 220
    assert ("REQUIRETLS" in world.sender.say("EHLO client.test")[1]) == proven
    code, text = world.sender.say("MAIL FROM:<a@test> REQUIRETLS")
    assert code == (250 if proven else 550) and \
        ("5.7.30" in text) == (not proven)
    world.sender.close()


def test_a_dns_that_is_silent_keeps_nobody_else_waiting(
        world, dns, proxy, receiver):
    world.receive(tls="demand").mx(world.right())
    dns.start()
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    dns.config.write_text(dns.config.read_text().replace(
        f"@{dns.port}", f"@{silent.getsockname()[1]}"))
    config = CONFIG.format(
        level="dane", resolver=dns.config,
        to=f'"mx.test:{world.receiver.port}"') + f"""
timeouts = {{ connect = "2s" }}
rules = ( {{ client = [ "127.0.0.2" ]
             forward-to = [ "127.0.0.1:{world.receiver.port}" ]
             receiver = {{ tls = "encrypt" }} }} )
"""
    world.proxy = proxy(config=config)
    waiting = senders.Sender(world.proxy.port)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", world.proxy.port), 10,
                                  ("127.0.0.2", 0)) as other:
        assert other.recv(100).startswith(b"220")
        assert time.monotonic() - began < 1.5
        other.sendall(b"QUIT\r\n")
        assert other.recv(100).startswith(b"221")
    code, text = waiting.hear()
    waiting.close()
    assert code == 421 and "did not answer in time" in text
    assert 1.5 < time.monotonic() - began < 10
    silent.close()


def test_a_rule_may_raise_the_level_when_helo_is_known(
        world, dns, proxy):
    world.receive(tls="demand").mx(world.right())
    dns.start()
    config = CONFIG.format(
        level="encrypt", resolver=dns.config,
        to=f'"mx.test:{world.receiver.port}"') + """
rules = ( { helo = [ "client.test" ]  receiver = { tls = "dane-only" } } )
"""
    world.proxy = proxy(config=config)
    assert world.deliver()["verified"] == "dane"


def test_a_rule_known_late_may_demand_it(world, dns, proxy):
    """A receiver without records meets dane, and not dane-only."""
    world.receive(tls="none").mx()
    dns.start()
    config = CONFIG.format(
        level="dane", resolver=dns.config,
        to=f'"mx.test:{world.receiver.port}"') + """
rules = ( { mail-from = [ "strict@*" ]  receiver = { tls = "dane-only" } },
          { mail-from = [ "other@*" ]  receiver = { min-bits = 256 } } )
"""
    world.proxy = proxy(config=config)
    assert world.hello()[0] == 250
    assert world.sender.say("MAIL FROM:<other@test>")[0] == 250
    assert world.sender.say("RSET")[0] == 250
    code, text = world.sender.say("MAIL FROM:<strict@test>")
    assert code == 451 and text.startswith("451 4.7.5 "), text
    world.sender.close()


def test_the_example_of_a_dmz_relay(world, dns, proxy, certificates):
    """As it is written, but for addresses, ports and paths."""
    source = pathlib.Path(os.environ.get("srcdir", "..")) / \
        "policy" / "examples" / "dmz-relay.conf"
    world.receive(tls="demand")
    # The first gateway is gone, the second is what its records say.
    world.zone("mx2 A 127.0.0.1",
               *world.tlsa(OTHER, name="mx1"),
               *world.tlsa(world.right(), name="mx2"),
               name="partner.example")
    dns.start()
    config = source.read_text()
    for old, new in [
            (r'user +=.*', f'resolver = "{dns.config}";'),
            (r'10\.1\.0\.5:25', "127.0.0.1:PORT"),
            (r'"10\.0\.0\.0/8"', '"127.0.0.0/8"'),
            (r'example:25"', f'example:{world.receiver.port}"'),
            (r'certificate += \[ "[^"]*" \];',
             f'certificate = [ "{certificates}/mx.pem" ];'
             f' key = [ "{certificates}/mx.key" ];'),
            (r'"/etc/sallyport/[a-z-]*ca\.pem"', f'"{certificates}/ca.pem"'),
            (r'crl += .*', "")]:
        config, count = re.subn(old, new, config)
        assert count > 0, old
    world.proxy = proxy(config=config)
    line = world.deliver()
    assert line["verified"] == "dane" and line["rule"] == "default"
    world.proxy.line("mx1.partner.example: it has no address in the DNS")


def test_a_file_that_is_wrong_is_told_at_the_start(
        world, dns, proxy, binary, root):
    world.receive(tls="demand").mx(world.right())
    dns.start()
    dns.config.write_text('server:\n  trust-anchor-file: "/nowhere"\n')
    (root / "conf").write_text(CONFIG.format(
        level="dane", resolver=dns.config, to='"mx.test:25"').replace(
            ":PORT", f":{dns.port}"))
    done = subprocess.run([binary, "-c", root / "conf"], text=True,
                          capture_output=True, timeout=20)
    assert done.returncode != 0
    assert "/nowhere" in done.stderr and "resolver" in done.stderr


@pytest.mark.parametrize("text, told", [
    ("server:\n  do-ip4: perhaps\n", "resolver.conf: line 2: "),
    ("hello\n", "resolver.conf: line 1: "),
    ('include: "IN"\n', "in.conf:2: "),
    ("server:\n  trust-anchor: bogus\n", "resolver.conf: error parsing "),
])
def test_where_a_file_is_wrong_is_told(binary, root, text, told):
    (root / "in.conf").write_text("server:\n  nonsense: yes\n")
    path = root / "resolver.conf"
    path.write_text(text.replace("IN", str(root / "in.conf")))
    done = subprocess.run(
        [binary, "check", "-l", "127.0.0.1:2525", "-f", "mx.test", "--set",
         "receiver.tls=dane", "--set", f"resolver={path}"], text=True,
        capture_output=True, timeout=20)
    assert done.returncode == 1
    assert f"resolver: {path}: " in done.stdout and told in done.stdout
    assert done.stderr == ""


def test_validation_cannot_be_switched_off(world, dns):
    world.receive(tls="offer").zone()
    world.mx(world.right(), name="bad.test", expired=True)
    start = dns.start

    def permissive():
        start()
        dns.config.write_text(
            dns.config.read_text().replace(
                "server:", "server:\n  module-config: iterator\n"
                "  val-permissive-mode: yes", 1))
    dns.start = permissive
    world.start("dane", "mx.bad.test").refused("4.7.5")
