# SPDX-License-Identifier: ISC
"""DANE against a DNS of the test's own: what the TLSA records of a receiver
say decides whether it gets the mail, and how."""

import shutil

import pytest

import dns as dns_module
from dane_world import OTHER
from explaining import VERDICTS, explained

LEVELS = ["dane", "dane-only"]


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
    log = world.proxy.log()
    explained(log, *VERDICTS["DANE_NO_MATCH"])
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
    world.proxy.line("none of the 1 TLSA records of mx.test can be used")


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
    world.zone("mx A 127.0.0.1", "alias CNAME mx", *world.tlsa(world.right()))
    world.start(host="alias.test").deliver()
    assert [seen.name for seen in world.receiver.connections] == ["mx.test"]


def test_a_name_that_is_not_there(world):
    world.receive(tls="demand").mx(world.right())
    line = world.start(host="nobody.test").refused(
        "4.4.1", "no address in the DNS")
    assert line["reason"] == "receiver-unreachable"
