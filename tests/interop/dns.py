# SPDX-License-Identifier: ISC
"""A small DNS of the test's own: zones, signed or not, well or badly, served
by NSD on a port of loopback, and a file that tells the proxy of it."""

import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import time

import pytest

import proxy as proxy_module

NSD = "/usr/sbin/nsd"

CONFIG = """\
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{root}"
  pidfile: "{root}/pid"
  xfrdfile: "{root}/xfrd.state"
  xfrdir: "{root}"
  zonelistfile: "{root}/zone.list"
  database: ""
  server-count: 1
remote-control:
  control-enable: no
"""

HEAD = """\
$ORIGIN {name}.
$TTL 60
@ SOA ns.{name}. hostmaster.{name}. 1 3600 600 86400 60
@ NS ns.{name}.
ns A 127.0.0.1
"""


def require():
    for tool in (NSD, "ldns-keygen", "ldns-signzone"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def tlsa(usage, selector, matching, certificate):
    """The data of a record that matches the first certificate of a file."""
    import hashlib
    pem = pathlib.Path(certificate).read_text()
    first = pem[pem.index("-----BEGIN"):pem.index("-----END")] + \
        "-----END CERTIFICATE-----\n"
    data = ssl.PEM_cert_to_DER_cert(first)
    if selector == 1:
        key = subprocess.run(["openssl", "x509", "-noout", "-pubkey"],
                             input=first.encode(), check=True,
                             capture_output=True).stdout
        data = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"],
                              input=key, check=True,
                              capture_output=True).stdout
    if matching == 1:
        data = hashlib.sha256(data).digest()
    elif matching == 2:
        data = hashlib.sha512(data).digest()
    return f"{usage} {selector} {matching} {data.hex()}"


class Dns:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.root.mkdir()
        self.port = proxy_module.free_port()
        self.zones = {}
        self.process = None
        self.config = self.root / "resolver.conf"

    def zone(self, name, *records, signed=True, expired=False, forged=None):
        """forged: (old, new), exchanged after the zone was signed."""
        self.zones[name] = (records, signed, expired, forged)
        return self

    def tool(self, *command):
        return subprocess.run(command, cwd=self.root, check=True, text=True,
                              capture_output=True).stdout

    def write(self, name):
        records, signed, expired, forged = self.zones[name]
        lines = [HEAD.format(name=name), *records]
        for child in self.zones:
            if child.endswith("." + name):
                lines += [f"{child}. NS ns.{child}.", f"ns.{child}. A 127.0.0.1"]
                if self.zones[child][1]:
                    lines.append(self.ds[child])
        file = self.root / f"{name}.zone"
        file.write_text("\n".join(lines) + "\n")
        if not signed:
            return
        dates = ("-i", "20200101000000", "-e", "20200201000000") \
            if expired else ()
        self.tool("ldns-signzone", *dates, "-f", f"{name}.zone",
                  f"{name}.zone", self.keys[name])
        if forged is not None:
            text = file.read_text()
            assert forged[0] in text, text
            file.write_text(text.replace(*forged))

    def start(self):
        self.keys, self.ds = {}, {}
        for name, (_, signed, _, _) in self.zones.items():
            if signed:
                base = self.tool("ldns-keygen", "-a", "ECDSAP256SHA256",
                                 "-k", name).strip()
                self.keys[name] = base
                self.ds[name] = (self.root / f"{base}.ds").read_text().strip()
        for name in self.zones:
            self.write(name)
        top = min(self.zones, key=len)
        (self.root / "anchor").write_text(self.ds[top] + "\n")
        config = CONFIG.format(port=self.port, root=self.root)
        resolver = [
            "server:", "  do-not-query-localhost: no",
            f'  local-zone: "{top}." nodefault',
            f'  trust-anchor-file: "{self.root}/anchor"']
        for name in self.zones:
            config += f'zone:\n  name: "{name}"\n  zonefile: "{name}.zone"\n'
            resolver += ["stub-zone:", f'  name: "{name}"',
                         f"  stub-addr: 127.0.0.1@{self.port}"]
        self.config.write_text("\n".join(resolver) + "\n")
        (self.root / "nsd.conf").write_text(config)
        self.process = subprocess.Popen(
            [NSD, "-d", "-c", str(self.root / "nsd.conf")],
            stderr=open(self.root / "nsd.log", "wb"))
        self.wait()
        return self

    def wait(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, \
                    (self.root / "nsd.log").read_text()
                time.sleep(0.02)
        raise AssertionError("NSD does not answer")

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.process = None
