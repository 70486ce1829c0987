# SPDX-License-Identifier: ISC
"""With which hello a receiver is dialled again that once needed a humbler
one: also under another rule, and after a restart."""

import socket
import ssl

import pytest

import messages
import sender as senders
from receiver import Dialogue

# Rules by the name in EHLO, for one receiver.
CONFIG = """\
state-directory = "{state}";
listener = {{ it = {{
  address = [ "127.0.0.1:PORT" ];
  forward-to = [ "127.0.0.1:{port}" ];
  sender = {{ tls = "none"; }};
  receiver = {{ tls = "encrypt"; }};
}}; }};
rules = (
  {{ name = "capped"; helo = [ "capped.test" ];
     receiver = {{ max-protocol = "tls1.2"; }}; }},
  {{ name = "one"; helo = [ "one.test" ];
     receiver = {{ hello-profile = "compatible"; }}; }} );
"""
TLS13_SUITE = b"\x13\x02"
CHACHA_SUITE = b"\xcc\xa9"  # of TLS 1.2, and not in the compatible hello


class Choosy(Dialogue):
    """Hangs up on whoever offers TLS 1.3."""
    minds = (TLS13_SUITE,)

    def start_tls(self):
        self.seen.hello = self.socket.recv(4096, socket.MSG_PEEK)
        if any(suite in self.seen.hello for suite in self.minds):
            raise EOFError
        super().start_tls()


class Choosier(Choosy):
    """Takes the compatible hello alone."""
    minds = (TLS13_SUITE, CHACHA_SUITE)


@pytest.fixture
def strict(receiver):
    def cap(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2

    return receiver(tls="offer", dialogue=Choosy, prepare=cap)


@pytest.fixture
def start(proxy, root, strict):
    (root / "state").mkdir()
    return lambda: proxy(config=CONFIG.format(state=root / "state",
                                              port=strict.port))


def carry(between, strict, helo):
    """A message; the hellos that were said to the receiver for it."""
    before = len(strict.connections)
    made = senders.Sender(between.port)
    made.hear()
    assert made.say(f"EHLO {helo}")[0] == 250
    assert made.envelope() == [250, 250]
    assert made.data(messages.dots())[0] == 250
    made.say("QUIT")
    made.close()
    return [seen.hello for seen in strict.connections[before:]]


def test_what_worked_is_said_first_the_next_time(start, strict):
    between = start()
    first = carry(between, strict, "any.test")
    assert [TLS13_SUITE in hello for hello in first] == [True, False]
    again = carry(between, strict, "any.test")
    assert [CHACHA_SUITE in hello for hello in again] == [False]


def test_rules_with_other_ladders_are_not_misled(start, strict):
    between = start()
    assert CHACHA_SUITE not in carry(between, strict, "any.test")[1]
    # This rule's best hello is one that this receiver takes.
    best = carry(between, strict, "capped.test")
    assert [CHACHA_SUITE in hello for hello in best] == [True]
    assert len(carry(between, strict, "one.test")) == 1
    # None of them made forgotten what the first had to learn.
    assert len(carry(between, strict, "any.test")) == 1


def test_each_rule_is_known_by_what_it_had_to_learn(start, strict):
    """One does not forget it for another."""
    strict.dialogue = Choosier
    between = start()
    for hellos in (2, 1, 1):
        for name in ("any.test", "capped.test"):
            assert len(carry(between, strict, name)) == hellos, name


def test_what_was_kept_by_version_2_is_known(start, strict, root):
    (root / "state" / "receivers").write_text(
        f"sallyport-receivers 2\n127.0.0.1 {strict.port} 5 best>it 6\n")
    between = start()
    assert len(carry(between, strict, "any.test")) == 2
    assert len(carry(between, strict, "any.test")) == 1
    assert between.stop() == 0
    kept = (root / "state" / "receivers").read_text()
    assert kept.startswith("sallyport-receivers 3\n")
    assert "state-directory:" not in between.log()


def test_a_restart_forgets_nothing(start, strict, root):
    between = start()
    assert len(carry(between, strict, "any.test")) == 2
    assert between.stop() == 0
    between = start()
    assert len(carry(between, strict, "any.test")) == 1
    assert between.stop() == 0
    (root / "state" / "receivers").write_text("127.0.0.1 25 1\n")
    between = start()
    between.line("state-directory: .*of another version")
    assert len(carry(between, strict, "any.test")) == 2
