# SPDX-License-Identifier: ISC
"""HAProxy in front of sallyport, in TCP mode, with PROXY headers."""

import pathlib
import shutil
import socket
import subprocess
import time

import pytest

CONF = """\
global
    maxconn 200
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen mail
    bind 127.0.0.1:{port}{accept}
    balance roundrobin
{servers}
"""


class Haproxy:
    """Balances its port over servers, each a port and what is said of it."""

    def __init__(self, root, port, servers, accept_proxy=False):
        self.root = pathlib.Path(root)
        self.root.mkdir()
        self.port = port
        conf = self.root / "haproxy.cfg"
        conf.write_text(CONF.format(
            port=port, accept=" accept-proxy" if accept_proxy else "",
            servers="\n".join(
                f"    server s{i} 127.0.0.1:{to} {options}"
                for i, (to, options) in enumerate(servers))))
        with open(self.root / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["haproxy", "-db", "-f", str(conf)], stdout=log, stderr=log)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.root / "log").read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def require():
    if shutil.which("haproxy") is None:
        pytest.skip("HAProxy is not installed")
