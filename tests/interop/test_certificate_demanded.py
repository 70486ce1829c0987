# SPDX-License-Identifier: ISC
"""A receiver that demands a certificate of ours is tried once, and what is
told is that; of several hellos that fail, the best one's cause is told."""

import re
import socket
import ssl
import subprocess
import time

import pytest

from explaining import (  # noqa: F401 (fixtures)
    ALERTS, Answering, alert, answering, greet, said, watched)
from proxy import answers, free_port

REQUIRED = ALERTS["116"]


@pytest.fixture(scope="module")
def demanding(certificates):
    """openssl s_server that wants a certificate of the test's authority."""
    started = []

    def start(version):
        port = free_port()
        started.append(subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert",
             certificates / "mx.pem", "-key", certificates / "mx.key",
             "-CAfile", certificates / "ca.pem", "-Verify", "1",
             "-verify_return_error", f"-{version}", "-quiet"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL))
        end = time.monotonic() + 10
        while not answers(port) and time.monotonic() < end:
            time.sleep(0.05)
        return port
    yield start
    for made in started:
        made.kill()
        made.wait()


def told(watched, port, **settings):
    """The reply that a sender gets, and what was said of its session."""
    between = watched(port, receiver__implicit_tls="true", **settings)
    with socket.create_connection(("127.0.0.1", between.port)) as sender:
        reply = sender.makefile().readline()
    return reply, said(between)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """A certificate of nobody's authority."""
    root = tmp_path_factory.mktemp("stranger")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "3", "-keyout", "key.pem", "-out", "it.pem", "-subj", "/CN=it"],
        cwd=root, check=True, capture_output=True)
    return {"receiver__certificate": root / "it.pem",
            "receiver__key": root / "key.pem"}


@pytest.mark.parametrize("version, name", [
    ("tls1_2", "handshake failure"), ("tls1_3", "certificate required")])
def test_it_misses_a_certificate(watched, demanding, version, name):
    # The whole ladder stands open, so that there is something to descend to.
    reply, text = told(watched, demanding(version),
                       receiver__min_protocol="ssl3", receiver__min_bits="40")
    cause = f"alert of the receiver, {name}: {REQUIRED[1]}"
    assert reply.startswith("421 4.7.5 ") and cause in reply, text
    assert REQUIRED[3] in reply
    assert text.count("TLS failed") == 1, text
    assert "receiver.certificate is not set" in text
    assert text.count("cannot connect") == 0


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_it_does_not_know_our_authority(
        watched, demanding, stranger, version):
    reply, text = told(watched, demanding(version), **stranger)
    assert re.search("unknown CA|certificate unknown|bad certificate", reply)
    assert text.count("TLS failed") == 1, text


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_it_gets_one(watched, demanding, certificates, version):
    between = watched(
        demanding(version), receiver__implicit_tls="true",
        receiver__certificate=certificates / "mx.pem",
        receiver__key=certificates / "mx.key")
    with socket.create_connection(("127.0.0.1", between.port)):
        between.line(r"receiver .*TLS is up")
    assert "is not set" not in said(between)


@pytest.mark.parametrize("number", [42, 44, 45, 46, 48, 49, 116])
def test_no_humbler_hello_after_an_alert_of_certificates(
        watched, answering, number):
    text = greet(watched(answering(alert(number)).port))
    assert text.count("TLS failed") == 1, text
    assert ALERTS[str(number)][3] in text


class Counting(Answering):
    """Answers each hello by the next of its answers."""

    def finish(self, connected):
        answer = self.answer.pop(0)
        if answer is not None:
            connected.sendall(answer)
            connected.recv(4096)


@pytest.mark.parametrize("first", [10, 40, 80])
def test_the_best_hello_says_why(watched, first):
    """A humbler one fails because it is humbler."""
    made = Counting([alert(first), alert(70), alert(86), alert(70)])
    text = greet(watched(made.port, receiver__min_protocol="ssl3",
                         receiver__min_bits="40"))
    made.stop()
    assert made.answer == []
    reply = re.search(r"sender <- .*(421 4\.7\.5 .*)", text).group(1)
    assert ALERTS[str(first)][1] in reply, reply
    assert ALERTS["70"][1] not in reply and ALERTS["86"][1] not in reply
    for late in ("70", "86"):
        assert ALERTS[late][3] not in text, text
    for hello in ("compatible", "legacy", "legacy-v2"):
        assert f"failed by the hello {hello} too: " in text
    # A receiver of TLS 1.2 with old suites alone says so of a fallback.
    assert [line for line in text.splitlines()
            if "by the hello legacy too" in line
            and 'receiver.hello-profile = "schannel"' in line]


def test_what_is_known_exactly_is_told_though_late(watched):
    made = Counting([None, alert(116)])
    text = greet(watched(made.port))
    made.stop()
    assert REQUIRED[1] in re.search(r"(421 4\.7\.5 .*)", text).group(1)


class Silent(Answering):
    """Asks for a certificate, and closes where it is given none; without an
    alert, as many do."""

    def serve(self, connected):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(*self.answer[:2])
        context.load_verify_locations(self.answer[2])
        context.verify_mode = ssl.CERT_OPTIONAL
        with connected:
            self.talk(connected)
            try:
                context.wrap_socket(connected, server_side=True).recv(4096)
            except OSError:
                pass  # a humbler hello


@pytest.mark.parametrize("profile", ["automatic", "modern"])
def test_it_closes_without_a_word(watched, certificates, profile):
    made = Silent([certificates / name for name in (
        "mx.pem", "mx.key", "ca.pem")])
    text = greet(watched(made.port, receiver__hello_profile=profile))
    made.stop()
    reply = re.search(r"(421 4\.7\.5 .*)", text).group(1)
    told = "closed the connection after the handshake, in which it " \
        "asked for a certificate and was given none"
    assert told in reply, reply
    assert re.search(rf"warning: TLS with the receiver failed: .*{told}", text), text
    assert ALERTS["70"][3] not in text
