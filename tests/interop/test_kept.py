# SPDX-License-Identifier: ISC
"""The certificate that was made for want of one is the same after a restart
and a reload, also where root makes it and another user reads it again."""

import os
import pwd
import signal
import ssl

import pytest

import sender as senders

CONFIG = """\
listener = {{ in = {{
  address = "127.0.0.1:PORT"
  forward-to = "127.0.0.1:{port}"
  receiver = {{ tls = "none" }}
}} }}
{top}
"""


def shown(started):
    made = senders.Sender(started.port).begin(secure=True)
    pem = ssl.DER_cert_to_PEM_cert(made.socket.getpeercert(True))
    made.close()
    return pem


@pytest.fixture
def started(proxy, receiver, root):
    port = receiver().port

    def start(top):
        made = proxy(config=CONFIG.format(port=port, top=top))
        made.config.parent.chmod(0o755)
        made.config.chmod(0o644)
        return made
    return start


@pytest.mark.parametrize("user", ["", "nobody"])
def test_a_restart_shows_the_same(started, root, user):
    top = f'state-directory = "{root}/state"\n'
    (root / "state").mkdir(mode=0o700)
    if user:
        if os.geteuid() != 0:
            pytest.skip("there is no root to give up")
        entry = pwd.getpwnam(user)
        os.chown(root / "state", entry.pw_uid, entry.pw_gid)
        root.chmod(0o755)
        top += f'user = "{user}"\n'
    first = started(top)
    pem = shown(first)
    first.line("and is kept in state-directory")
    file = root / "state" / "certificate.pem"
    assert pem in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_uid == (root / "state").stat().st_uid
    first.heard.clear()
    first.signal(signal.SIGHUP)
    first.until("READY=1")
    assert shown(first) == pem
    first.stop()
    second = started(top)
    assert shown(second) == pem
    assert "state-directory:" not in second.log()


def test_without_a_folder_it_is_another(started, root):
    first = started("")
    pem = shown(first)
    first.stop()
    assert shown(started("")) != pem
