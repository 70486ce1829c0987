# SPDX-License-Identifier: ISC
"""Every fault at every step, on either side. What each side was told is laid
side by side: nothing lost, doubled, cut short, or acknowledged early; every
session ends; and the next message goes through as if nothing had been."""

import itertools
import time

import pytest

import faulty_receiver
import faulty_sender
from ledger import Attempt, Connection, Ledger


def play(world, sender_step=None, sender_fault=None, tls=False):
    """One message through; (attempt, connections), once all is over."""
    before = world.sessions()
    sender = faulty_sender.Sender(
        world.proxy.port, sender_step, sender_fault, tls)
    attempt = sender.run()
    connections = world.receiver.settle()
    end = time.monotonic() + 10
    while world.sessions() == before and time.monotonic() < end:
        time.sleep(0.01)
    assert world.sessions() == before + 1, "the session did not end"
    return attempt, connections


def judge(world, attempt, connections):
    violations = Ledger(attempt, connections).violations()
    assert not violations, f"{violations}\n{attempt.text}\n" + \
        "\n".join(world.proxy.log().splitlines()[-5:])


def all_is_well_again(world, tls):
    world.receiver.fails()
    attempt, connections = play(world, tls=tls)
    assert attempt.acknowledged, attempt.text
    assert sum(c.accepted for c in connections) == 1
    judge(world, attempt, connections)


# Each leg with TLS and without; where they differ is for long runs.
LEGS = list(itertools.product(("plain", "tls"), ("plain", "tls")))
# What a worker remembers of a receiver comes from these.
REMEMBERED = ("ehlo", "starttls", "handshake", "ehlo-tls", "end")


def case(receiver, sender, step, fault):
    marks = [pytest.mark.full] if receiver != sender else []
    return pytest.param(receiver, sender, step, fault, marks=marks)


def receivers_cases():
    for receiver, sender in LEGS:
        for step, fault in itertools.product(
                faulty_receiver.STEPS, faulty_receiver.FAULTS):
            of_tls = step in ("starttls", "handshake", "ehlo-tls")
            if of_tls and receiver == "plain":
                continue
            if step == "handshake" and fault not in (
                    "close", "reset", "babble", "stall"):
                continue  # it has no replies
            yield case(receiver, sender, step, fault)


def senders_cases():
    for receiver, sender in LEGS:
        for step, fault in itertools.product(
                faulty_sender.STEPS, faulty_sender.FAULTS):
            if fault == "babble" and step in (
                    "data", "content", "dot", "end"):
                continue  # there it is content
            if fault == "half_close" and sender == "tls":
                continue  # Python closes both directions of TLS or none
            yield case(receiver, sender, step, fault)


@pytest.mark.parametrize("world, tls, step, fault", receivers_cases(),
                         indirect=["world"], scope="module")
def test_a_receiver_that_fails(world, tls, step, fault):
    world.receiver.fails(step, fault)
    attempt, connections = play(world, tls=tls == "tls")
    judge(world, attempt, connections)
    # All that comes after the message is accepted changes nothing.
    if step == "quit":
        assert attempt.acknowledged
    elif fault != "twice" and step not in ("ehlo", "ehlo-tls"):
        assert not attempt.acknowledged
    if step in REMEMBERED:
        all_is_well_again(world, tls == "tls")


@pytest.mark.parametrize("world, tls, step, fault", senders_cases(),
                         indirect=["world"], scope="module")
def test_a_sender_that_fails(world, tls, step, fault):
    world.receiver.fails()
    attempt, connections = play(world, step, fault, tls == "tls")
    judge(world, attempt, connections)
    if not attempt.sent_whole:
        assert not any(c.got_end for c in connections)
    # FIN behind a whole message is a sender that is done, not a loss.
    if step == "end" and fault in ("half_close", "stall"):
        assert attempt.acknowledged
    if step in REMEMBERED:
        all_is_well_again(world, tls == "tls")


# The ledger itself must be able to find what it looks for.

def taken(content, code=250, end=True):
    return Connection(content, True, end, {"end": code})


@pytest.mark.parametrize("attempt, connections, what", [
    (Attempt(b"x", True, 250, "250 ok", "."), [],
     "no receiver said so"),
    (Attempt(b"x", True, 250, "250 ok", "."), [taken(b"x", 451)],
     "no receiver said so"),
    (Attempt(b"x", True, 250, "250 ok", "."), [taken(b"x"), taken(b"x")],
     "accepted twice"),
    (Attempt(b"x", True, 250, "250 ok", "."),
     [taken(b"x", 0, False), taken(b"x")], "more than one connection"),
    (Attempt(b"xy", True, 250, "250 ok", "."), [taken(b"x")],
     "something else"),
    (Attempt(b"x", False, 0, "", "."), [taken(b"x")],
     "the sender did not send"),
    (Attempt(b"x", True, 554, "554 5.0.0 a (sallyport): b", "."), [],
     "permanent"),
    (Attempt(b"x", True, 452, "452 4.0.0 b", "."), [], "nobody said 452"),
])
def test_the_ledger_finds(attempt, connections, what):
    assert any(what in v for v in Ledger(attempt, connections).violations())


def test_the_ledger_lets_a_good_message_pass():
    attempt = Attempt(b"x", True, 250, "250 ok", ".")
    assert Ledger(attempt, [taken(b"x")]).violations() == []
