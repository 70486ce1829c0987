# SPDX-License-Identifier: ISC
"""DANE against a DNS of the test's own: what the TLSA records of a receiver
say decides whether it gets the mail, and how."""

import shutil
import socket
import subprocess
import time

import pytest

import dns as dns_module
import messages
import sender as senders

OTHER = "3 1 1 " + "ab" * 32
LEVELS = ["dane", "dane-only"]


@pytest.fixture
def dns(root, binary):
    dns_module.require()
    built_with = subprocess.run([binary, "--version"], text=True,
                                capture_output=True).stdout
    if "libunbound" not in built_with:
        pytest.skip("sallyport was built without libunbound")
    made = dns_module.Dns(root / "dns")
    yield made
    made.stop()


@pytest.fixture
def world(dns, proxy, receiver, certificates):
    """Starts all: records of the receiver's port, and what the proxy says."""
    class World:
        def receive(self, **options):
            self.receiver = receiver(**options)
            return self

        def tlsa(self, *records, name="mx"):
            port = self.receiver.port
            return [f"_{port}._tcp.{name} TLSA {data}" for data in records]

        def right(self, usage=3, selector=1, matching=1):
            return dns_module.tlsa(usage, selector, matching,
                                   certificates / "mx.pem")

        def zone(self, *records, name="test", **options):
            dns.zone(name, *records, **options)
            return self

        def mx(self, *records, **options):
            return self.zone("mx A 127.0.0.1", *self.tlsa(*records), **options)

        def start(self, level="dane", host="mx.test", **settings):
            dns.start()
            self.proxy = proxy(
                config=CONFIG.format(
                    level=level, resolver=dns.config,
                    to=", ".join(f'"{h}:{self.receiver.port}"'
                                 for h in host.split())), **settings)
            return self

        def hello(self):
            self.sender = senders.Sender(self.proxy.port)
            code, text = self.sender.hear()
            if code != 220:
                return code, text
            return self.sender.say("EHLO client.test")

        def deliver(self):
            assert self.hello()[0] == 250, self.proxy.log()
            assert self.sender.envelope() == [250, 250]
            message = messages.dots()
            assert self.sender.data(message)[0] == 250
            self.sender.say("QUIT")
            self.sender.close()
            assert self.receiver.messages == [message]
            return self.proxy.session()

        def refused(self, code, *words):
            got, text = self.hello()
            self.sender.close()
            assert got == 421 and code in text, (got, text, self.proxy.log())
            for word in words:
                assert word in text, text
            assert not self.receiver.messages
            return self.proxy.session()
    return World()


CONFIG = """\
resolver = "{resolver}"
listener = {{ here = {{
  address = [ "127.0.0.1:PORT" ]
  forward-to = [ {to} ]
  sender = {{ tls = "none" }}
  receiver = {{ tls = "{level}" }}
}} }}
"""


def is_modern(session):
    return session["receiver-tls"].startswith("TLSv1.3/")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("selector,matching", [
    (1, 1), (0, 1), pytest.param(1, 2, marks=pytest.mark.full),
    pytest.param(0, 2, marks=pytest.mark.full), (0, 0), (1, 0)])
def test_the_receivers_own_record(world, level, selector, matching):
    world.receive(tls="demand").mx(world.right(3, selector, matching))
    line = world.start(level).deliver()
    assert line["verified"] == "dane" and is_modern(line)


def test_one_of_several_records_is_enough(world):
    """As while a key is exchanged for another."""
    world.receive(tls="demand").mx(
        OTHER, "3 0 1 " + "cd" * 32, "1 1 1 " + "ab" * 32, world.right())
    assert world.start().deliver()["verified"] == "dane"


@pytest.fixture
def chained(certificates, tmp_path):
    """A receiver's folder whose chain holds the authority, as DANE-TA with a
    digest demands."""
    for name in ("mx.key", "mx.pem"):
        shutil.copy(certificates / name, tmp_path)
    with open(tmp_path / "mx.pem", "a") as chain:
        chain.write((certificates / "ca.pem").read_text())
    return tmp_path


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("selector", [0, 1])
def test_its_authoritys_record(
        world, receiver, certificates, chained, level, selector):
    import receiver as receiver_module
    world.receiver = receiver_module.Receiver(chained, tls="demand")
    try:
        world.mx(dns_module.tlsa(2, selector, 1, certificates / "ca.pem"))
        assert world.start(level).deliver()["verified"] == "dane"
    finally:
        world.receiver.stop()


def test_an_authority_vouches_for_its_name_alone(
        world, certificates, chained):
    import receiver as receiver_module
    world.receiver = receiver_module.Receiver(chained, tls="demand")
    try:
        world.zone("other A 127.0.0.1", *world.tlsa(
            dns_module.tlsa(2, 0, 1, certificates / "ca.pem"), name="other"))
        line = world.start(host="other.test").refused("4.7.5")
        assert line["reason"] == "receiver-not-verified"
    finally:
        world.receiver.stop()


def test_its_own_record_vouches_for_any_name(world):
    """RFC 7672 3.1.1: under DANE-EE names are not looked at."""
    world.receive(tls="demand")
    world.zone("other A 127.0.0.1", *world.tlsa(world.right(), name="other"))
    assert world.start(host="other.test").deliver()["verified"] == "dane"


@pytest.mark.parametrize("level", LEVELS)
def test_another_certificate_gets_nothing(world, level):
    world.receive(tls="offer").mx(OTHER)
    line = world.start(level).refused("4.7.5", "TLSA")
    assert line["reason"] == "receiver-not-verified"
    # One attempt, and no other way was tried.
    assert len(world.receiver.connections) == 1
    assert world.receiver.connections[0].verbs() == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_record_forbids_plaintext(world, level):
    world.receive(tls="none").mx(world.right())
    line = world.start(level).refused("4.7.4")
    assert line["reason"] == "receiver-no-starttls"


@pytest.mark.parametrize("record", [
    "0 0 1 " + "ab" * 32, "1 1 1 " + "ab" * 32,
    "3 1 9 " + "ab" * 32, "3 7 1 " + "ab" * 32, "3 1 1 abcd"])
def test_records_of_no_use_demand_tls_alone(world, record):
    world.receive(tls="offer").mx(record)
    line = world.start().deliver()
    assert line["verified"] == "untrusted" and is_modern(line)


def test_records_of_no_use_forbid_plaintext(world):
    world.receive(tls="none").mx("1 1 1 " + "ab" * 32)
    world.start().refused("4.7.4")


def test_records_of_no_use_are_not_enough_for_dane_only(world):
    world.receive(tls="offer").mx("1 1 1 " + "ab" * 32)
    line = world.start("dane-only").refused("4.7.5", "TLSA")
    assert line["reason"] == "receiver-not-verified"
    assert not world.receiver.connections


@pytest.mark.parametrize("tls", ["offer", "none"])
def test_without_records_tls_is_used_where_offered(world, tls):
    world.receive(tls=tls).mx()
    line = world.start().deliver()
    assert (line["receiver-tls"] == "none") == (tls == "none")
    assert line["verified"] == ("none" if tls == "none" else "untrusted")


@pytest.mark.parametrize("tls", ["offer", "none"])
def test_records_of_an_unsigned_zone_are_nothing(world, tls):
    world.receive(tls=tls).zone()
    world.mx(OTHER, name="plain.test", signed=False)
    line = world.start(host="mx.plain.test").deliver()
    assert (line["receiver-tls"] == "none") == (tls == "none")


@pytest.mark.parametrize("zone", ["test", "plain.test"])
def test_dane_only_needs_records(world, zone):
    world.receive(tls="offer").mx()
    if zone != "test":
        world.mx(world.right(), name=zone, signed=False)
    world.start("dane-only", f"mx.{zone}").refused("4.7.5", "TLSA")
    assert not world.receiver.connections


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("how", ["forged", "expired", "forged address"])
def test_what_does_not_validate_gets_nothing(world, level, how):
    world.receive(tls="offer").zone()
    right, options = world.right(), {"expired": how == "expired"}
    if how == "forged":
        options["forged"] = (right.split()[-1], "ab" * 32)
    elif how == "forged address":
        options["forged"] = ("mx.bad.test.\t60\tIN\tA\t127.0.0.1",
                             "mx.bad.test.\t60\tIN\tA\t127.0.0.2")
    world.mx(right, name="bad.test", **options)
    line = world.start(level, "mx.bad.test").refused("4.7.5", "mx.bad.test")
    assert line["reason"] == "receiver-not-verified"
    assert not world.receiver.connections


def test_the_next_receiver_is_taken_where_one_does_not_validate(world):
    world.receive(tls="demand").mx(world.right())
    world.mx(name="bad.test", expired=True)
    world.start(host="mx.bad.test mx.test")
    assert world.deliver()["verified"] == "dane"
    world.proxy.line("cannot connect to mx.bad.test")


def test_an_alias_leads_to_the_name_with_the_records(world):
    world.receive(tls="demand")
    world.zone("mx A 127.0.0.1", "alias CNAME mx", *world.tlsa(world.right()))
    assert world.start("dane-only", "alias.test").deliver()["verified"] == \
        "dane"


def test_an_alias_may_have_the_records(world):
    world.receive(tls="demand")
    world.zone("mx A 127.0.0.1", "alias CNAME mx",
               *world.tlsa(world.right(), name="alias"))
    assert world.start("dane-only", "alias.test").deliver()["verified"] == \
        "dane"


@pytest.mark.parametrize("record", ["right", "wrong"])
def test_an_alias_into_an_unsigned_zone_has_its_own_records(world, record):
    """RFC 7672 2.2.2: that it is an alias is proven, and so are they."""
    world.receive(tls="demand")
    world.zone("alias CNAME mx.plain.test.", *world.tlsa(
        world.right() if record == "right" else OTHER, name="alias"))
    world.mx(OTHER, name="plain.test", signed=False)
    world.start("dane-only", "alias.test")
    if record == "right":
        assert world.deliver()["verified"] == "dane"
    else:
        world.refused("4.7.5")


def test_the_name_with_the_records_is_asked_for_by_sni(world):
    world.receive(tls="demand")
    asked = []
    world.receiver.context.sni_callback = \
        lambda _socket, name, _context: asked.append(name)
    world.zone("mx A 127.0.0.1", "alias CNAME mx", *world.tlsa(world.right()))
    world.start(host="alias.test").deliver()
    assert asked == ["mx.test"]


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


def test_a_name_that_is_not_there(world):
    world.receive(tls="demand").mx(world.right())
    line = world.start(host="nobody.test").refused(
        "4.4.1", "no address in the DNS")
    assert line["reason"] == "receiver-unreachable"


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
    assert world.sender.say("MAIL FROM:<strict@test>")[0] == 421
    world.sender.close()


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
