# SPDX-License-Identifier: ISC
"""The legacy engine and OpenSSL 1.0.1i (in node 0.10.32), the last that has
SSL 3.0 and the export suites on, RC2 among them."""

import os
import subprocess

import pytest

import legacy

SCRIPT = os.path.join(legacy.PEERS, "legacy_peer_node.js")
METHODS = {0x0300: "SSLv3", 0x0301: "TLSv1"}


def node_client(port, method, ciphers):
    return subprocess.run(
        [legacy.node(), SCRIPT, "client", str(port), "20000", method,
         ciphers], capture_output=True, text=True, check=False,
        timeout=legacy.SECONDS).stdout.strip()


@pytest.mark.parametrize("size", legacy.SIZES)
def test_client(capsys, size):
    """OpenSSL connects to the engine."""
    legacy.node()
    table = legacy.Table("OpenSSL 1.0.1i")
    cells = [(version, suite) for version in METHODS
             for suite in legacy.SUITES]
    with legacy.our_server(size, len(cells)) as server:
        for version, suite in cells:
            name = legacy.SUITES[suite][1]
            answer = node_client(server.port, METHODS[version], name)
            facts = legacy.facts_of(server.line_with("server "))
            table.note("server", size, version, suite,
                       answer == f"{name} ok" and
                       legacy.is_good(facts, version, suite))
    table.show(capsys)
    assert not table.missing()


def test_client_of_tls12():
    """A client that offers TLS 1.2 is served: export suites at TLS 1.0,
    since TLS 1.1 forbids them, others at TLS 1.1."""
    with legacy.our_server(1024, 2) as server:
        for suite, protocol in ((0x0003, "TLSv1.0"), (0x002f, "TLSv1.1")):
            name = legacy.SUITES[suite][1]
            assert node_client(server.port, "SSLv23", name) == f"{name} ok"
            facts = legacy.facts_of(server.line_with("server "))
            assert facts["protocol"] == protocol


@pytest.mark.parametrize("size", legacy.SIZES)
def test_server(capsys, size):
    """The engine connects to OpenSSL. Node's server has no ephemeral RSA
    keys, so export suites need a certificate of 512 bits there."""
    node = legacy.node()
    table = legacy.Table("OpenSSL 1.0.1i")
    with legacy.Server(node, SCRIPT, "server",
                       legacy.certificate(size)) as server:
        for version in METHODS:
            for suite, names in legacy.SUITES.items():
                if "EXPORT" in names[0] and size > 512:
                    continue
                facts = legacy.ask(server.port, version, suite)
                table.note("client", size, version, suite,
                           legacy.is_good(facts[0], version, suite))
    table.show(capsys)
    assert not table.missing()


def test_v2_hello():
    """OpenSSL takes our hello in SSLv2 format."""
    with legacy.Server(legacy.node(), SCRIPT, "server",
                       legacy.certificate(512)) as server:
        for version in METHODS:
            for suite in (0x0003, 0x0006, 0x0005):
                facts = legacy.ask(server.port, version, suite,
                                   "profile=legacy-v2")
                assert legacy.is_good(facts[0], version, suite), facts


def test_small_segments():
    """Every byte in a segment of its own."""
    with legacy.Server(legacy.node(), SCRIPT, "server",
                       legacy.certificate(512)) as server:
        for suite in (0x0003, 0x000a):
            facts = legacy.ask(server.port, 0x0301, suite, "step=1",
                               "split=1", "bytes=3000")
            assert legacy.is_good(facts[0], 0x0301, suite), facts
