# SPDX-License-Identifier: ISC
"""The legacy engine and OpenJDK's JSSE: SSL 3.0 and TLS 1.0 with export
suites, real ephemeral RSA keys, SSLv2-format hellos, resumption."""

import os
import subprocess

import pytest

import legacy

PROTOCOLS = {0x0300: "SSLv3", 0x0301: "TLSv1"}
SUITES = [number for number, names in legacy.SUITES.items() if names[2]]


def java(*arguments):
    return [legacy.need("java"),
            "-Djava.security.properties=" +
            os.path.join(legacy.PEERS, "java.security"),
            "-Djdk.tls.useExtendedMasterSecret=false",
            os.path.join(legacy.PEERS, "LegacyPeer.java"),
            *[str(word) for word in arguments]]


def java_client(port, pairs):
    words = [word for pair in pairs for word in pair]
    result = subprocess.run(java("client", port, 20000, *words),
                            capture_output=True, text=True, check=False,
                            timeout=legacy.SECONDS)
    lines = result.stdout.splitlines()
    assert len(lines) == len(pairs), result.stderr
    return [line.split(" ", 3)[2:] for line in lines]


@pytest.mark.parametrize("size", legacy.SIZES)
def test_client(capsys, size):
    """JSSE connects to the engine."""
    table = legacy.Table("OpenJDK JSSE")
    cells = [(version, suite) for version in PROTOCOLS for suite in SUITES]
    with legacy.our_server(size, len(cells)) as server:
        answers = java_client(server.port, [
            (PROTOCOLS[version], legacy.SUITES[suite][2])
            for version, suite in cells])
        for (version, suite), answer in zip(cells, answers):
            facts = legacy.facts_of(server.line_with("server "))
            table.note("server", size, version, suite,
                       answer == [PROTOCOLS[version], "ok"] and
                       legacy.is_good(facts, version, suite))
    table.show(capsys)
    assert not table.missing()


@pytest.mark.parametrize("size", [
    pytest.param(512, marks=pytest.mark.full), 1024,
    pytest.param(2048, marks=pytest.mark.full)])
def test_server(capsys, tmp_path, size):
    """The engine connects to JSSE, and again with the session it got."""
    table = legacy.Table("OpenJDK JSSE")
    key = legacy.pkcs8(size, tmp_path)
    with legacy.Server(*java("server", legacy.certificate(size),
                             key)) as server:
        for version in PROTOCOLS:
            for suite in SUITES:
                facts = legacy.ask(server.port, version, suite,
                                   "connections=2", "split=1")
                table.note("client", size, version, suite,
                           len(facts) == 2 and
                           legacy.is_good(facts[0], version, suite) and
                           legacy.is_good(facts[1], version, suite, "1"))
    table.show(capsys)
    assert not table.missing()


@pytest.mark.parametrize("protocols, protocol", [
    ("SSLv2Hello,SSLv3", "SSLv3"), ("SSLv2Hello,SSLv3,TLSv1", "TLSv1")])
def test_v2_hello_from_client(protocols, protocol):
    """JSSE sends its hello in SSLv2 format."""
    suites = [legacy.SUITES[number][2] for number in (0x0003, 0x0005)]
    with legacy.our_server(1024, len(suites), "step=3") as server:
        answers = java_client(server.port,
                              [(protocols, suite) for suite in suites])
    assert answers == [[protocol, "ok"]] * len(suites)


def test_v2_hello_to_server(tmp_path):
    """JSSE takes ours."""
    key = legacy.pkcs8(1024, tmp_path)
    with legacy.Server(*java("server", legacy.certificate(1024),
                             key)) as server:
        for version in PROTOCOLS:
            for suite in (0x0003, 0x0004, 0x000a):
                facts = legacy.ask(server.port, version, suite,
                                   "profile=legacy-v2")
                assert legacy.is_good(facts[0], version, suite), facts


def test_schannel_hello(tmp_path):
    """JSSE takes the hello of each Schannel, and picks from it."""
    key = legacy.pkcs8(1024, tmp_path)
    with legacy.Server(*java("server", legacy.certificate(1024),
                             key)) as server:
        for profile in ("schannel", "schannel-40"):
            facts = legacy.facts_of(subprocess.run(
                [legacy.need_ours(), "client", str(server.port),
                 f"profile={profile}"], capture_output=True, text=True,
                timeout=legacy.SECONDS, check=True).stdout)
            assert facts["protocol"] == "TLSv1.0"
            assert facts["failure"] == "none"


def test_resumed_by_client():
    """JSSE resumes a session of the engine's."""
    suite = legacy.SUITES[0x0003][2]
    for protocol in PROTOCOLS.values():
        with legacy.our_server(1024, 2) as server:
            assert java_client(server.port, [(protocol, suite)] * 2) == \
                [[protocol, "ok"]] * 2
            seen = [legacy.facts_of(server.line_with("server "))["resumed"]
                    for _ in range(2)]
        assert seen == ["0", "1"]
