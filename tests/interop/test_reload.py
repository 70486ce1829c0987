# SPDX-License-Identifier: ISC
"""SIGHUP takes up renewed certificates, authorities and revocation lists
under their old names; what is wrong with one keeps all that was."""

import os
import shutil
import signal
import ssl

import pytest

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
