#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Full handshakes a second of servers that speak old TLS: the legacy engine,
OpenJDK's JSSE and OpenSSL 1.0.1i (in node 0.10.32), each asked by the same
client over loopback, one connection after the other. A second is one of the
server's processor time, so that what else runs does not count. Prints, judges
nothing; a peer that is not installed is left out, and said.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "interop"))

try:
    import legacy
except ImportError:
    sys.exit("legacy.py: pytest is needed, whose helpers are shared")

COUNT = 500
WARM_UP = 300
CELLS = [(0x0300, 0x0003), (0x0301, 0x0003), (0x0301, 0x0005),
         (0x0301, 0x002f)]


def worked(pid):
    """Seconds of processor time: user and system."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rate(server, version, suite):
    command = [legacy.OURS, "client", str(server.port), f"min={version:04x}",
               f"max={version:04x}", f"suites={suite:04x}", "bytes=64",
               "resume=0", "quiet=1"]
    subprocess.run(command + [f"connections={WARM_UP}"], check=True)
    start = worked(server.process.pid)
    subprocess.run(command + [f"connections={COUNT}"], check=True)
    return COUNT / (worked(server.process.pid) - start)


def servers(size, directory):
    """(name, command) of each server there is."""
    yield "legacy engine", [legacy.OURS, "server", legacy.certificate(size),
                            "connections=1000000", "resume=0", "quiet=1"]
    if legacy.shutil.which("java"):
        yield "OpenJDK JSSE", [
            "java", "-Djava.security.properties=" +
            os.path.join(legacy.PEERS, "java.security"),
            os.path.join(legacy.PEERS, "LegacyPeer.java"), "server",
            legacy.certificate(size), legacy.pkcs8(size, directory)]
    if os.access(legacy.NODE, os.X_OK) and os.access(legacy.OPENSSL, os.R_OK):
        yield "OpenSSL 1.0.1i", [
            legacy.NODE, "-e", f"require('{legacy.OPENSSL}')", "--", "echo",
            legacy.certificate(size)]


def say_what_is_missing():
    if not legacy.shutil.which("java"):
        print("OpenJDK is not installed: left out")
    if not os.access(legacy.NODE, os.X_OK):
        print("node 0.10.32, which holds OpenSSL 1.0.1i, is not there "
              "(tests/interop/peers.sh): left out")


def main():
    if not os.access(legacy.OURS, os.X_OK):
        sys.exit("legacy.py: tests/interop/legacy_peer is not built")
    say_what_is_missing()
    with tempfile.TemporaryDirectory() as directory:
        for size in (512, 1024):
            print("\nFull handshakes that a server makes in a second of "
                  f"processor time, with a\ncertificate of {size} bits; the "
                  "client is the legacy engine")
            print(f"{'':38}" + "".join(
                f"{name:>16}" for name, _ in servers(size, directory)))
            rows = {cell: "" for cell in CELLS}
            for name, command in servers(size, directory):
                with legacy.Server(*command) as server:
                    for version, suite in CELLS:
                        rows[version, suite] += \
                            f"{rate(server, version, suite):16.0f}"
            for (version, suite), row in rows.items():
                print(f"{legacy.VERSIONS[version]:8}"
                      f"{legacy.SUITES[suite][0]:30}{row}")


main()
