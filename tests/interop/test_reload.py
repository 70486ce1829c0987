# SPDX-License-Identifier: ISC
"""SIGHUP takes up renewed certificates, authorities and revocation lists
under their old names; what is wrong with one keeps all that was. sallyport
reload tells which it came to."""

import os
import shutil
import signal
import socket
import ssl
import subprocess

import pytest

from authority import expired
import sender as senders

CONFIG = """\
listener = {{ in = {{
  address = "127.0.0.1:PORT"
  forward-to = "127.0.0.1:{port}"
  sender = {{ certificate = "{mail}" }}
  receiver = {{ tls = "secure" names = "mx.test" ca = "{ca}" {more} }}
}} }}
{top}
"""


@pytest.fixture
def running(proxy, receiver, certificates, mint, root):
    shutil.copy(certificates / "ca.pem", root / "ca.pem")
    shutil.copy(mint("old.test"), root / "mail.pem")

    def start(more="", top="", mail="{root}/mail.pem", **options):
        made = proxy(config=CONFIG.format(
            port=receiver(tls="demand").port, ca=root / "ca.pem", more=more,
            mail=mail.format(root=root), top=top), **options)
        return made
    return start


def reload(started):
    started.heard.clear()
    started.signal(signal.SIGHUP)
    started.until("RELOADING=1").until("READY=1")


def shown(started):
    made = senders.Sender(started.port).begin(secure=True)
    pem = ssl.DER_cert_to_PEM_cert(made.socket.getpeercert(True))
    made.close()
    return pem


def greeting(started):
    made = senders.Sender(started.port)
    made.hear()
    return made.say("EHLO client.test")[1][:9]


def test_a_renewed_certificate_is_shown(running, mint, root):
    started = running()
    new = mint("new.test")
    assert shown(started) in (root / "mail.pem").read_text()
    shutil.copy(new, root / "mail.pem")
    assert shown(started) not in new.read_text()
    reload(started)
    assert shown(started) in new.read_text()


def test_a_broken_certificate_keeps_the_old_one(running, root):
    started = running()
    old = shown(started)
    (root / "mail.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    reload(started)
    started.line("the new configuration is not used")
    started.line(r"error: .*sallyport.conf:\d+: sender.certificate: .*mail.pem")
    assert shown(started) == old


def test_another_authority_is_taken_up(running, mint, root):
    started = running()
    assert greeting(started).startswith("250")
    shutil.copy(mint("other.test"), root / "ca.pem")
    assert greeting(started).startswith("250")
    reload(started)
    assert greeting(started) == "421 4.7.5"


def test_a_revocation_is_taken_up(running, revoked, root):
    shutil.copy(revoked(), root / "list.crl")
    started = running(more=f'crl = "{root}/list.crl"')
    assert greeting(started).startswith("250")
    shutil.copy(revoked("mx.pem"), root / "list.crl")
    reload(started)
    assert greeting(started) == "421 4.7.5"


def test_a_credential_of_systemd_is_found_by_its_name(running, mint, root):
    """Before what lies beside the configuration."""
    folder = root / "credentials"
    folder.mkdir()
    given = shutil.copy(mint("given.test"), folder / "relative.pem")
    started = running(mail="relative.pem",
                      env={"CREDENTIALS_DIRECTORY": str(folder)})
    assert shown(started) in given.read_text()


def test_a_key_for_root_alone_is_not_read_again(running, root):
    """The rights are gone by then; what to do is told."""
    if os.geteuid() != 0:
        pytest.skip("there is no root to give up")
    root.chmod(0o755)
    (root / "mail.pem").chmod(0o600)
    started = running(top='user = "nobody"')
    started.config.parent.chmod(0o755)
    old = shown(started)
    reload(started)
    started.line("the new configuration is not used")
    started.line(r"sender.certificate: .*mail.pem: .*LoadCredential=")
    assert shown(started) == old
    (root / "mail.pem").chmod(0o644)
    reload(started)
    started.line("the configuration was read again")


@pytest.fixture
def told(running, binary, root):
    """A service, and what sallyport reload says of it: its exit status and
    words."""
    env = {"RUNTIME_DIRECTORY": str(root)}

    def start(**options):
        made = running(env=env, **options)

        def ask(process=made.process.pid, environment=env):
            done = subprocess.run(
                [binary, "reload", str(process)], text=True, check=False,
                capture_output=True, timeout=90,
                env={**os.environ, **environment})
            assert done.stdout == ""
            return done.returncode, done.stderr
        return made, ask
    return start


def test_the_one_who_asks_is_told_that_it_was_taken(told, mint, root):
    started, ask = told()
    new = mint("new.test")
    shutil.copy(new, root / "mail.pem")
    assert ask() == (0, "")
    assert shown(started) in new.read_text()
    assert not (root / "reload").exists()


def test_the_one_who_asks_is_told_that_the_old_one_stays(told):
    started, ask = told()
    good = started.config.read_text()
    started.config.write_text(good.replace("forward-to", "forwardto"))
    status, words = ask()
    assert status == 1
    first = (f"the old configuration stays: {started.config}:1: listener.in: "
             "has no forward-to; ")
    assert first in words and words.endswith("; and 1 more\n")
    started.until(f"STATUS=reload failed, {first}")
    # What no look at the configuration alone can find.
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f'"127.0.0.1:{other.getsockname()[1]}"'
        own = f'"127.0.0.1:{started.port}"'
        both = good.replace(own, f"[ {own}, {taken} ]")
        assert both != good
        started.config.write_text(both)
        status, words = ask()
        assert status == 1 and "Address already in use" in words, words
    assert ask() == (0, "")


def test_what_is_overdue_is_taken(told, mint, root):
    started, ask = told()
    shutil.copy(expired(root, mint("old.test")), root / "mail.pem")
    assert ask() == (0, "")
    started.line("sender.certificate: .* expired")


def test_root_asks_who_is_root_no_more(told, root):
    if os.geteuid() != 0:
        pytest.skip("there is no root to give up")
    root.chmod(0o755)
    (root / "mail.pem").chmod(0o644)
    started, ask = told(top='user = "nobody"')
    started.config.parent.chmod(0o755)
    assert ask() == (0, "")


def test_one_that_drains_answers_too(told):
    started, ask = told()
    held = senders.Sender(started.port)
    assert held.hear()[0] == 220
    started.signal(signal.SIGTERM)
    started.until("STOPPING=1")
    status, words = ask()
    assert status == 1 and "sallyport is ending" in words
    held.close()
    assert started.process.wait(30) == 0


def test_without_an_answer_it_is_read_again_all_the_same(told, root):
    started, ask = told()
    status, words = ask(environment={"RUNTIME_DIRECTORY": str(root / "no")})
    assert status == 1 and "No such file or directory" in words
    started.line("the configuration was read again")
    gone = subprocess.Popen(["true"])
    gone.wait()
    status, words = ask(gone.pid)
    assert status == 1 and "No such process" in words


@pytest.mark.parametrize("arguments", [
    (), ("0",), ("-1",), ("1x",), ("",), ("99999999999",), ("1", "2")])
def test_a_reload_of_no_process(binary, arguments):
    assert subprocess.run([binary, "reload", *arguments], check=False,
                          capture_output=True).returncode == 64
