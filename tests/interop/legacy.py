# SPDX-License-Identifier: ISC
"""Peers of the legacy engine: programs that speak old TLS without us.

tests/interop/legacy_peer is the engine behind a socket. Each other peer is a
small program in tests/interop/peers/ that sends back what it gets, or sends
bytes and wants them back.
"""

import os
import re
import select
import shutil
import subprocess

import pytest

SOURCE = os.environ.get("srcdir", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.environ.get("builddir", SOURCE)
PEERS = os.path.join(SOURCE, "tests", "interop", "peers")
OURS = os.path.join(BUILD, "tests", "interop", "legacy_peer")
NODE = os.path.join(os.environ.get("SALLYPORT_PEERS",
                                   os.path.join(BUILD, "peers")),
                    "node-0.10.32", "bin", "node")
# What turns it into an old mail program in C.
OPENSSL = os.path.join(BUILD, "tests", "interop", "peers",
                       "openssl_peer.node")
# Of certificates. An ephemeral key is needed above 512. What test_legacy_mail
# samples through the whole proxy is not sampled again for the engine alone.
SIZES = [pytest.param(size, marks=pytest.mark.full)
         for size in (512, 1024, 2048)]
MODERN_SIZES = SIZES[1:]
SECONDS = 60

# number: name in the log, in OpenSSL, in JSSE
SUITES = {
    0x0003: ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", "EXP-RC4-MD5",
             "SSL_RSA_EXPORT_WITH_RC4_40_MD5"),
    0x0006: ("TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5", "EXP-RC2-CBC-MD5", None),
    0x0008: ("TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", "EXP-DES-CBC-SHA",
             "SSL_RSA_EXPORT_WITH_DES40_CBC_SHA"),
    0x0009: ("TLS_RSA_WITH_DES_CBC_SHA", "DES-CBC-SHA",
             "SSL_RSA_WITH_DES_CBC_SHA"),
    0x0004: ("TLS_RSA_WITH_RC4_128_MD5", "RC4-MD5",
             "SSL_RSA_WITH_RC4_128_MD5"),
    0x0005: ("TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA",
             "SSL_RSA_WITH_RC4_128_SHA"),
    0x000a: ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA",
             "SSL_RSA_WITH_3DES_EDE_CBC_SHA"),
    0x002f: ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA",
             "TLS_RSA_WITH_AES_128_CBC_SHA"),
    0x0035: ("TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA",
             "TLS_RSA_WITH_AES_256_CBC_SHA"),
}
VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1.0"}


def certificate(size):
    return os.path.join(SOURCE, "tests", "vectors", "legacy",
                        f"server-{size}.pem")


def pkcs8_of(source, directory):
    """Its key as PKCS #8, which Java wants."""
    path = os.path.join(str(directory), "key-" + os.path.basename(source))
    subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", source,
                    "-out", path], check=True)
    return path


def pkcs8(size, directory):
    return pkcs8_of(certificate(size), directory)


def need(name):
    """The path of a program, or the test is skipped."""
    path = name if os.path.sep in name else shutil.which(name)
    if path is None or not os.access(path, os.X_OK):
        pytest.skip(f"{name} is not installed (tests/interop/peers.sh)")
    return path


def need_ours():
    if not os.access(OURS, os.X_OK):
        pytest.skip("tests/interop/legacy_peer is not built")
    return OURS


def node():
    return need(NODE)


class Server:
    """A server that says "port N" first; ended with the block."""

    def __init__(self, *command, log=None):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE,
            stderr=log or subprocess.DEVNULL, text=True)
        self.port = int(self.line_with("port ").split()[1])

    def line_with(self, start):
        while True:
            ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
            line = self.process.stdout.readline() if ready else ""
            assert line, f"{self.process.args[0]} said no {start!r}"
            if line.startswith(start):
                return line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(SECONDS)
        self.process.stdout.close()


def our_server(size, connections, *options):
    return Server(need_ours(), "server", certificate(size),
                  f"connections={connections}", *options)


def facts_of(line):
    return {key: value.strip('"') for key, value in
            re.findall(r'(\w+)=("[^"]*"|\S*)', line)}


def ask(port, version, suite, *options):
    """Connects with the engine; the facts of each connection."""
    result = subprocess.run(
        [need_ours(), "client", str(port), f"min={version:04x}",
         f"max={version:04x}", f"suites={suite:04x}", *options],
        capture_output=True, text=True, timeout=SECONDS, check=False)
    return [facts_of(line) for line in result.stdout.splitlines()]


def is_good(facts, version, suite, resumed="0"):
    # An end without close_notify is what many of these do.
    return (facts["protocol"] == VERSIONS.get(version, "TLSv1.1")
            and facts["suite"] == SUITES[suite][0]
            and facts["failure"] in ("none", "truncated")
            and facts["resumed"] == resumed and int(facts["bytes"]) > 0)


class Table:
    """What was negotiated: suite by version, role and certificate size."""

    def __init__(self, peer):
        self.peer = peer
        self.rows = {}

    def note(self, role, size, version, suite, good):
        self.rows.setdefault(suite, {})[(role, size, version)] = good

    def missing(self):
        return [(SUITES[suite][0], *cell)
                for suite, cells in self.rows.items()
                for cell, good in cells.items() if not good]

    def show(self, capsys, what="with the legacy engine as"):
        cells = sorted({cell for row in self.rows.values() for cell in row})
        with capsys.disabled():
            print(f"\n{self.peer} {what}")
            for index, (role, size, version) in enumerate(cells):
                print(f"  {index:2} {role}, "
                      f"{VERSIONS.get(version, 'TLSv1.1')}, "
                      f"certificate of {size} bits")
            print(" " * 38 + "".join(f"{i:4}" for i in range(len(cells))))
            for suite, row in self.rows.items():
                marks = {True: "ok", False: "NO", None: "-"}
                print(f"{SUITES[suite][0]:38}" + "".join(
                    f"{marks[row.get(cell)]:>4}" for cell in cells))
