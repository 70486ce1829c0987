#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Full handshakes a second of servers that speak old TLS: the legacy engine,
OpenJDK's JSSE and OpenSSL 1.0.1i (in node 0.10.32), each asked by the same
client over loopback, one connection after the other. Prints, judges nothing;
a peer that is not installed is left out, and said.
"""

import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "interop"))

try:
    import legacy
except ImportError:
    sys.exit("legacy.py: pytest is needed, whose helpers are shared")

COUNT = 200
WARM_UP = 200
CELLS = [(0x0300, 0x0003), (0x0301, 0x0003), (0x0301, 0x0005),
         (0x0301, 0x002f)]


def rate(port, version, suite):
    command = [legacy.OURS, "client", str(port), f"min={version:04x}",
               f"max={version:04x}", f"suites={suite:04x}", "bytes=64",
               "resume=0", "quiet=1"]
    subprocess.run(command + [f"connections={WARM_UP}"], check=True)
    start = time.monotonic()
    subprocess.run(command + [f"connections={COUNT}"], check=True)
    return COUNT / (time.monotonic() - start)


def servers(size, directory):
    """(name, command) of each server there is."""
    node = os.path.join(os.environ.get(
        "SALLYPORT_PEERS", os.path.join(legacy.BUILD, "peers")),
        "node-0.10.32", "bin", "node")
    yield "legacy engine", [legacy.OURS, "server", legacy.certificate(size),
                            "connections=1000000", "resume=0", "quiet=1"]
    if legacy.shutil.which("java"):
        yield "OpenJDK JSSE", [
            "java", "-Djava.security.properties=" +
            os.path.join(legacy.PEERS, "java.security"),
            os.path.join(legacy.PEERS, "LegacyPeer.java"), "server",
            legacy.certificate(size), legacy.pkcs8(size, directory)]
    else:
        print("OpenJDK is not installed")
    if os.access(node, os.X_OK):
        yield "OpenSSL 1.0.1i", [
            node, os.path.join(legacy.PEERS, "legacy_peer_node.js"),
            "server", legacy.certificate(size)]
    else:
        print("node 0.10.32 is not there (tests/interop/peers.sh)")


def main():
    if not os.access(legacy.OURS, os.X_OK):
        sys.exit("legacy.py: tests/interop/legacy_peer is not built")
    with tempfile.TemporaryDirectory() as directory:
        for size in (512, 1024):
            print(f"\nFull handshakes a second, certificate of {size} bits")
            print(f"{'':38}" + "".join(
                f"{name:>16}" for name, _ in servers(size, directory)))
            rows = {cell: "" for cell in CELLS}
            for name, command in servers(size, directory):
                with legacy.Server(*command) as server:
                    for version, suite in CELLS:
                        # node's server has no ephemeral RSA keys.
                        ephemeral = suite == 0x0003 and size > 512
                        rows[version, suite] += (
                            f"{'-':>16}" if ephemeral and "1.0.1i" in name
                            else f"{rate(server.port, version, suite):16.0f}")
            for (version, suite), row in rows.items():
                print(f"{legacy.VERSIONS[version]:8}"
                      f"{legacy.SUITES[suite][0]:30}{row}")


main()
