# SPDX-License-Identifier: ISC
"""What check finds wrong keeps a start from beginning and a reload from being
taken up, in the same words; what time made wrong alone does not."""

import os
import re
import signal
import subprocess

import pytest

from authority import expired

CONFIG = """\
listener = {{ in = {{
  address = "127.0.0.1:PORT"
  forward-to = "127.0.0.1:1"
  {listener}
}} }}
{top}
"""

WRONG = {
    "ciphers of a sender": (
        'sender = { ciphers = "NO-SUCH" }', "",
        "4: sender.ciphers: OpenSSL knows none of them"),
    "groups": (
        'receiver = { groups = "none" }', "",
        "4: receiver.groups: OpenSSL does not know all of none"),
    "no suite left": (
        'receiver = { min-protocol = "tls1.3" ciphers = "ECDHE" }',
        'rules = ( { client = "127.0.0.2"\n'
        'receiver = { ciphers = "TLS_RSA_WITH_AES_128_CBC_SHA" } } )',
        "7: receiver.ciphers: with min-bits"),
    "no authorities": (
        'receiver = { tls = "verify" ca = "/etc/hosts" }', "",
        "4: receiver.ca: /etc/hosts: holds no certificate in PEM"),
    "trust store": (
        'receiver = { tls = "verify" }', 'trust-store = "/etc/hosts"',
        "6: trust-store: /etc/hosts cannot be read"),
    "state directory": (
        "", 'state-directory = "/nowhere"',
        "6: state-directory: /nowhere: No such file"),
    "state directory of another": (
        "", 'user = "nobody" state-directory = "/"',
        "6: state-directory: / cannot be written to"),
    "two faults": (
        'sender = { ciphers = "NO-SUCH" client-certificate = "ask" }',
        'state-directory = "/nowhere"',
        "4: sender.client-certificate: needs client-ca"),
}


def configuration(root, listener, top=""):
    path = root / "wrong.conf"
    path.write_text(CONFIG.format(listener=listener, top=top).replace(
        ":PORT", ":2525"))
    return path


def run(binary, *arguments):
    return subprocess.run([binary, *map(str, arguments)], text=True,
                          capture_output=True, timeout=30, check=False)


def faults(text):
    """Those of the configuration, without what else is said; days that are
    left may be one less a moment later."""
    return sorted(set(re.findall(r"(?:^|\s)\S*\.conf:\d+: (.*)", re.sub(
        r"\d+ days", "some days", text))))


@pytest.mark.parametrize("name", WRONG)
def test_start_and_reload_refuse_what_check_does(
        name, binary, root, proxy, receiver):
    listener, top, words = WRONG[name]
    path = configuration(root, listener, top)
    checked = run(binary, "check", "-c", path)
    assert checked.returncode == 1
    assert f"wrong.conf:{words}" in checked.stdout
    started = run(binary, "-c", path)
    assert started.returncode == 78
    assert faults(started.stderr) == faults(checked.stdout)
    running = proxy(config=CONFIG.format(listener="", top=""))
    running.config.write_text(path.read_text().replace(
        ":2525", f":{running.port}"))
    running.heard.clear()
    running.signal(signal.SIGHUP)
    running.until("READY=1")
    running.line("the new configuration is not used")
    assert set(faults(checked.stdout)) <= set(faults(running.log()))


def test_keys_are_not_shared_across_listeners(binary, root, mint):
    """One listener's key for TLS is another's for the legacy engine."""
    pem = mint("both.test")
    path = root / "shared.conf"
    path.write_text(f"""\
listener = {{
  new = {{ address = "127.0.0.1:2525" forward-to = "127.0.0.1:1"
    sender = {{ certificate = "{pem}" }} }}
  old = {{ address = "127.0.0.1:2526" forward-to = "127.0.0.1:1"
    sender = {{ min-protocol = "ssl3" min-bits = 40
      legacy-certificate = "{pem}" }} }}
}}
""")
    checked = run(binary, "check", "-c", path)
    assert checked.returncode == 1
    assert "shared.conf:6: sender.legacy-certificate: its key is also that " \
        "of sender.certificate" in checked.stdout
    started = run(binary, "-c", path)
    assert started.returncode == 78
    assert faults(started.stderr) == faults(checked.stdout)


KEPT = """\
state-directory = "{state}"
listener = {{
  in = {{ address = "127.0.0.1:PORT" forward-to = "127.0.0.1:1"
    sender = {{ min-protocol = "ssl3" min-bits = 40 {sender} }}
    receiver = {{ min-protocol = "ssl3" {receiver} }} }}
  {other}
}}
"""
OTHER = """\
other = {{ address = "127.0.0.1:2526" forward-to = "127.0.0.1:1"
    sender = {{ min-protocol = "ssl3" min-bits = 40
      certificate = "{own}" {named} }} }}"""


@pytest.mark.parametrize("kept, where, setting", [
    ("certificate.pem", "sender", "sender.legacy-certificate"),
    ("certificate.pem", "other", "sender.legacy-certificate"),
    ("legacy-certificate.pem", "sender", "sender.certificate"),
    ("legacy-certificate.pem", "receiver", "receiver.certificate")])
def test_keys_that_are_kept_serve_nothing_else(
        binary, root, proxy, mint, kept, where, setting):
    """They are keys as those are that settings name."""
    state = root / "state"
    state.mkdir(mode=0o700)
    blank = {"state": state, "sender": "", "receiver": "", "other": ""}
    assert proxy(config=KEPT.format(**blank)).stop() == 0
    named = f'{setting.split(".")[1]} = "{state / kept}"'
    if where == "other":
        named = OTHER.format(own=mint("own.test"), named=named)
    path = root / "kept.conf"
    path.write_text(KEPT.format(**{**blank, where: named}).replace(
        ":PORT", ":2525"))
    checked = run(binary, "check", "-c", path)
    assert checked.returncode == 1
    assert f"{setting}: its key is also that of the {kept} that is kept in " \
        "state-directory" in checked.stdout
    started = run(binary, "-c", path)
    assert started.returncode == 78
    assert set(faults(checked.stdout)) <= set(faults(started.stderr))


@pytest.mark.parametrize("setting", [
    "sender.certificate", "sender.client-ca", "receiver.ca", "receiver.crl",
    "trust-store", "resolver"])
def test_a_pipe_is_not_waited_for(binary, root, setting):
    """A reload that did would serve nobody any more."""
    os.mkfifo(root / "pipe")
    done = run(binary, "check", "-l", "127.0.0.1:2525", "-f", "127.0.0.1",
               "--set", "receiver.tls=verify", "--set", "receiver.names=a.test",
               *(["--set", "sender.client-certificate=ask"]
                 if setting == "sender.client-ca" else []),
               "--set", f"{setting}={root}/pipe")
    assert done.returncode == 1
    assert f"{setting}: {root}/pipe" in done.stdout


def test_a_suite_among_others_that_nobody_has_is_told(binary):
    done = run(binary, "check", "-l", "127.0.0.1:2525", "-f", "127.0.0.1",
               "--set", "sender.ciphers=HIGH,!RC4,ECDHE-RSA-AES128-GCM-SHA256,"
               "TLS_RSA_WITH_RC4_128_MD5,ECDHE-RSA-AES128-GCM-SHA257")
    assert done.returncode == 0
    assert "warning: sender.ciphers: ECDHE-RSA-AES128-GCM-SHA257 is no " \
        "suite" in done.stdout
    assert done.stdout.count("is no suite") == 1


def test_an_expired_certificate_serves_on(binary, root, proxy, mint):
    """After a reboot at night the mail goes on; check does not let it pass."""
    pem = expired(root, mint("late.test"))
    path = configuration(root, f'sender = {{ certificate = "{pem}" }}')
    checked = run(binary, "check", "-c", path)
    assert checked.returncode == 1
    assert "wrong.conf:4: sender.certificate:" in checked.stdout
    assert "expired" in checked.stdout
    running = proxy(config=CONFIG.format(
        listener=f'sender = {{ certificate = "{pem}" }}', top=""))
    running.line("expired")


@pytest.mark.parametrize("hours, told", [(72, False), (20, True)])
def test_a_list_is_warned_of_in_its_last_day(
        binary, certificates, revoked, hours, told):
    """Most are valid for a week: a warning that is always there is none."""
    done = run(binary, "check", "-l", "127.0.0.1:2525", "-f", "127.0.0.1",
               "--set", "receiver.tls=verify",
               "--set", f"receiver.crl={revoked(hours=hours)}")
    assert done.returncode == 0
    assert ("expires within a day; renew it" in done.stdout) == told
    assert ("nothing is wrong" in done.stdout) != told
