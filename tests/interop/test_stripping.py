# SPDX-License-Identifier: ISC
"""A receiver that once offered TLS and does not any more: told, or not gone
along with, also after a restart."""

import os
import shutil
import subprocess

import pytest

import messages
import receiver as receivers
import sender as senders


class WithoutEhlo(receivers.Dialogue):
    def do_ehlo(self, text):
        self.say("502 5.5.1 what")


class HangsUpAtEhlo(receivers.Dialogue):
    def do_ehlo(self, text):
        return False


@pytest.fixture
def state(root):
    path = root / "state"
    path.mkdir()
    return path


def session(between):
    made = senders.Sender(between.port)
    made.hear()
    reply = made.say("EHLO client.test")
    if reply[0] == 250:
        assert made.envelope() == [250, 250]
        assert made.data(messages.dots())[0] == 250
        made.say("QUIT")
    made.close()
    return reply


def start(proxy, strict, **settings):
    return proxy(receiver=strict.port, receiver__tls="may", sender__tls="none",
                 **settings)


def strip(strict, how):
    if how == "missing":
        strict.tls = "none"
    elif how == "refused":
        strict.refuse_starttls = True
    else:
        strict.dialogue = \
            WithoutEhlo if how == "no-ehlo" else HangsUpAtEhlo


WAYS = ["missing", "refused", "no-ehlo", "hangs-up-at-ehlo"]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("restart", [False, True])
def test_it_is_told(proxy, receiver, state, how, restart):
    strict = receiver(tls="offer")
    between = start(proxy, strict, state_directory=state)
    assert session(between)[0] == 250
    assert "stripping" not in between.log()
    if restart:
        assert between.stop() == 0
        between = start(proxy, strict, state_directory=state)
    strip(strict, how)
    assert session(between)[0] == 250
    between.line("once did TLS: something on the way may be stripping it")
    assert [e["tls"] for e in strict.envelopes] == [True, False]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("restart", [False, True])
def test_it_is_not_gone_along_with(proxy, receiver, state, how, restart):
    strict = receiver(tls="offer")
    settings = {"state_directory": state, "receiver__stripping": "defer"}
    between = start(proxy, strict, **settings)
    assert session(between)[0] == 250
    if restart:
        assert between.stop() == 0
        between = start(proxy, strict, **settings)
    strip(strict, how)
    code, text = session(between)
    assert code == 421
    assert ("4.4.2" if how == "hangs-up-at-ehlo" else "4.7.4") in text
    between.line("once did TLS: something on the way may be stripping it")
    assert len(strict.messages) == 1


@pytest.mark.parametrize("how", WAYS)
def test_a_rule_that_needs_helo_says_so_in_time(proxy, receiver, how):
    """When it is asked, the receiver has been dialled."""
    strict = receiver(tls="offer")
    between = proxy(config=f"""
        listener = {{ a = {{
          address = "127.0.0.1:PORT"
          forward-to = "127.0.0.1:{strict.port}"
          sender = {{ tls = "none" }}
          receiver = {{ tls = "may" }}
        }} }}
        rules = ( {{ helo = "client.test"
                     receiver = {{ stripping = "defer" }} }} )
        """)
    assert session(between)[0] == 250
    strip(strict, how)
    assert session(between)[0] == 421
    assert len(strict.messages) == 1


def test_one_that_never_did_is_no_cause(proxy, receiver, state):
    strict = receiver(tls="none")
    between = start(proxy, strict, state_directory=state,
                    receiver__stripping="defer")
    assert session(between)[0] == 250
    assert "stripping" not in between.log()


def test_without_a_state_directory_a_restart_forgets(proxy, receiver):
    strict = receiver(tls="offer")
    between = start(proxy, strict, receiver__stripping="defer")
    assert session(between)[0] == 250
    assert between.stop() == 0
    strict.tls = "none"
    between = start(proxy, strict, receiver__stripping="defer")
    assert session(between)[0] == 250


def test_what_was_kept_survives_what_else_is_in_the_file(
        proxy, receiver, state):
    strict = receiver(tls="none")
    (state / "receivers").write_bytes(
        b"sallyport-receivers 3\n" + b"\x00\xff" * 5000 +
        f"\n127.0.0.1 {strict.port} 5\nx\n".encode())
    between = start(proxy, strict, state_directory=state,
                    receiver__stripping="defer")
    between.line("state-directory: .*2 lines that are not understood")
    assert session(between)[0] == 421


def test_a_user_without_rights_keeps_it(proxy, receiver, state, root):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for path in (root, state):
        path.chmod(0o755)
    shutil.chown(state, "nobody")
    strict = receiver(tls="offer")
    between = start(proxy, strict, state_directory=state, user="nobody")
    assert session(between)[0] == 250
    assert between.stop() == 0
    kept = state / "receivers"
    assert f"127.0.0.1 {strict.port} " in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "state-directory" not in between.log()


def test_a_directory_that_is_not_there_is_refused(binary, root):
    done = subprocess.run(
        [binary, "-l", "127.0.0.1:0", "-f", "127.0.0.1:1", "--set",
         f"state-directory={root / 'none'}"], capture_output=True, text=True)
    assert done.returncode == 78
    assert f"state-directory: {root / 'none'}: No such file" in done.stderr


def test_a_directory_that_goes_is_told(proxy, receiver, state):
    strict = receiver(tls="offer")
    between = start(proxy, strict, state_directory=state)
    shutil.rmtree(state)
    assert session(between)[0] == 250
    assert between.stop() == 0
    between.line("state-directory: .*No such file or directory")
