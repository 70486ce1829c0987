# SPDX-License-Identifier: ISC
"""The legacy engine and Pike 8.0 (written independently of all others;
always sends an ephemeral key with export suites), GnuTLS and Go."""

import os
import shutil
import socket
import subprocess
import time

import pytest

import legacy
from proxy import free_port

PIKE = os.path.join(legacy.PEERS, "legacy_peer.pike")
PIKE_SUITES = [number for number in legacy.SUITES if number != 0x0006]
GO_SUITES = (0x0005, 0x000a, 0x002f, 0x0035)
GNUTLS_SUITES = {
    0x0004: "ARCFOUR-128:+MD5", 0x0005: "ARCFOUR-128:+SHA1",
    0x000a: "3DES-CBC:+SHA1", 0x002f: "AES-128-CBC:+SHA1",
    0x0035: "AES-256-CBC:+SHA1",
}


@pytest.mark.parametrize("size", legacy.SIZES)
def test_pike_client(capsys, size):
    pike = legacy.need("pike8.0")
    table = legacy.Table("Pike 8.0")
    cells = [(version, suite) for version in legacy.VERSIONS
             for suite in PIKE_SUITES]
    with legacy.our_server(size, len(cells)) as server:
        for version, suite in cells:
            answer = subprocess.run(
                [pike, PIKE, "client", str(server.port), "20000",
                 str(version & 1), str(suite)], capture_output=True,
                text=True, timeout=legacy.SECONDS, check=False).stdout
            facts = legacy.facts_of(server.line_with("server "))
            table.note("server", size, version, suite,
                       answer.endswith(" ok\n") and
                       legacy.is_good(facts, version, suite))
    table.show(capsys)
    assert not table.missing()


@pytest.mark.parametrize("size", legacy.SIZES)
def test_pike_server(capsys, size):
    pike = legacy.need("pike8.0")
    table = legacy.Table("Pike 8.0")
    with legacy.Server(pike, PIKE, "server",
                       legacy.certificate(size)) as server:
        for version in legacy.VERSIONS:
            for suite in PIKE_SUITES:
                facts = legacy.ask(server.port, version, suite)
                table.note("client", size, version, suite,
                           legacy.is_good(facts[0], version, suite))
    table.show(capsys)
    assert not table.missing()


@pytest.fixture(scope="module")
def go_peer(tmp_path_factory):
    go = legacy.need("go")
    directory = tmp_path_factory.mktemp("go")
    program = directory / "legacy_peer"
    source = shutil.copy(os.path.join(legacy.PEERS, "legacy_peer.go"),
                         directory / "main.go")
    environment = dict(os.environ, GOCACHE=str(directory / "cache"),
                       GO111MODULE="off", GOFLAGS="", HOME=str(directory))
    subprocess.run([go, "build", "-o", program, source], check=True,
                   env=environment, timeout=600)
    return str(program)


@pytest.mark.parametrize("size", legacy.MODERN_SIZES)
def test_go_client(capsys, go_peer, size):
    table = legacy.Table("Go")
    cells = [(version, suite) for version in (0x0301, 0x0302)
             for suite in GO_SUITES]
    with legacy.our_server(size, len(cells)) as server:
        for version, suite in cells:
            answer = subprocess.run(
                [go_peer, "client", str(server.port), "20000",
                 hex(version), hex(suite)], capture_output=True,
                text=True, timeout=legacy.SECONDS, check=False).stdout
            facts = legacy.facts_of(server.line_with("server "))
            table.note("server", size, version, suite,
                       answer == "ok\n" and
                       legacy.is_good(facts, version, suite))
    table.show(capsys)
    assert not table.missing()


@pytest.mark.parametrize("size", legacy.MODERN_SIZES)
def test_go_server(capsys, go_peer, size):
    table = legacy.Table("Go")
    with legacy.Server(go_peer, "server",
                       legacy.certificate(size)) as server:
        for version in (0x0301, 0x0302):
            for suite in GO_SUITES:
                facts = legacy.ask(server.port, version, suite,
                                   "profile=legacy-sni")
                table.note("client", size, version, suite,
                           legacy.is_good(facts[0], version, suite))
    table.show(capsys)
    assert not table.missing()


def priority(suite):
    return ("NONE:+VERS-TLS1.0:+RSA:+COMP-NULL:+SIGN-ALL:"
            f"%VERIFY_ALLOW_BROKEN:+{GNUTLS_SUITES[suite]}")


@pytest.mark.parametrize("size", legacy.MODERN_SIZES)
def test_gnutls_client(capsys, size):
    gnutls = legacy.need("gnutls-cli")
    table = legacy.Table("GnuTLS")
    with legacy.our_server(size, len(GNUTLS_SUITES)) as server:
        for suite in GNUTLS_SUITES:
            with subprocess.Popen(
                    [gnutls, "--insecure", "-p", str(server.port),
                     "--priority", priority(suite), "127.0.0.1"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True) as client:
                client.stdin.write("hello there\n")
                client.stdin.flush()
                came_back = wait_for(client, "hello there\n")
                client.stdin.close()
            facts = legacy.facts_of(server.line_with("server "))
            table.note("server", size, 0x0301, suite,
                       came_back and
                       legacy.is_good(facts, 0x0301, suite))
    table.show(capsys)
    assert not table.missing()


def wait_for(process, wanted):
    for line in process.stdout:
        if line == wanted:
            return True
    return False


def wait_for_port(port):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}")


@pytest.mark.parametrize("size", legacy.MODERN_SIZES)
def test_gnutls_server(capsys, size):
    gnutls = legacy.need("gnutls-serv")
    table = legacy.Table("GnuTLS")
    for suite in GNUTLS_SUITES:
        port = free_port()
        with subprocess.Popen(
                [gnutls, "--echo", "--port", str(port),
                 "--x509certfile", legacy.certificate(size),
                 "--x509keyfile", legacy.certificate(size),
                 "--priority", priority(suite)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as server:
            try:
                wait_for_port(port)
                facts = legacy.ask(port, 0x0301, suite, "bytes=2000")
            finally:
                server.terminate()
        table.note("client", size, 0x0301, suite,
                   legacy.is_good(facts[0], 0x0301, suite))
    table.show(capsys)
    assert not table.missing()
