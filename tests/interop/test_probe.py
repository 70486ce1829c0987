# SPDX-License-Identifier: ISC
"""sallyport probe with servers of many kinds, and what it suggests in use."""

import json
import smtplib
import ssl
import subprocess
import threading
import warnings

import pytest

import serving
from authority import past
from proxy import free_port

# The port is the proxy's to fill in.
LISTENER = """\
listener = { probe = { address = [ "127.0.0.1:PORT" ]
  forward-to = [ "127.0.0.1:RECEIVER" ] } }
"""
MESSAGE = "Subject: probed\r\n\r\nit arrives\r\n"


@pytest.fixture
def probe(binary):
    """Runs it; its exit status, and what its JSON says."""
    def run(port, *arguments, host="127.0.0.1"):
        done = subprocess.run(
            [binary, "probe", f"{host}:{port}", "--json", "--pause", "1",
             "--timeout", "3", *arguments],
            capture_output=True, text=True, timeout=170)
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)
    return run


@pytest.fixture
def use(proxy, binary, root):
    """Puts the suggestion into a configuration: check accepts it, and a
    message goes through. What the proxy's log says of the session."""
    def run(told, port):
        assert told["suggestion"]["works"] is True
        config = LISTENER.replace("RECEIVER", str(port)) + "\n".join(
            told["suggestion"]["receiver"])
        path = root / "suggested.conf"
        path.write_text(config.replace("PORT", str(free_port())))
        checked = subprocess.run([binary, "check", "-c", path],
                                 capture_output=True, text=True, timeout=30)
        assert checked.returncode == 0, checked.stdout
        between = proxy(config=config)
        with smtplib.SMTP("127.0.0.1", between.port, timeout=30) as made:
            made.sendmail("a@test", ["b@test"], MESSAGE)
        return between.session()
    return run


def faults(told):
    return [fault["fault"] for fault in told["faults"]]


def offered(told):
    return {row["protocol"]: row["offered"] for row in told["protocols"]}


def passes(told):
    return {row["level"]: row["passes"] for row in told["levels"]}


def arrived(made):
    assert [b"it arrives" in message for message in made.messages] == [True]


class Scripted(serving.Serving):
    """Plays talk(socket) with whoever connects."""

    def __init__(self, talk):
        self.talk = talk
        self.ended = threading.Event()
        self.begin()

    def serve(self, connected):
        with connected:
            try:
                self.talk(connected, self.ended)
            except OSError:
                pass

    def stop(self):
        self.ended.set()
        super().stop()


@pytest.fixture
def scripted():
    started = []

    def start(talk):
        started.append(Scripted(talk))
        return started[-1]
    yield start
    for made in started:
        made.stop()


def test_a_good_server_is_verified(probe, use, receiver, certificates):
    made = receiver()
    status, told = probe(
        made.port, "--ca", certificates / "ca.pem")
    assert status == 0 and faults(told) == []
    assert told["keywords"]["before"] == ["PIPELINING", "8BITMIME",
                                          "STARTTLS"]
    assert told["keywords"]["after"] == ["PIPELINING", "8BITMIME"]
    assert offered(told) == {"TLSv1.3": True, "TLSv1.2": True,
                             "TLSv1.1": False, "TLSv1.0": False,
                             "SSLv3": None}
    assert told["certificate"]["names"] == ["mx.test"]
    assert told["certificate"]["key"] == "RSA 2048"
    assert told["timing"]["handshake"] > 0
    assert told["suggestion"]["tls"] == "verify"
    assert use(told, made.port)["verified"] == "name"
    arrived(made)


def test_connections_end_with_quit(probe, receiver):
    made = receiver()
    _, told = probe(made.port)
    assert len(made.connections) == told["connections"]
    for seen in made.connections:
        assert "MAIL" not in seen.verbs()
    finished = [seen for seen in made.connections if seen.handshakes]
    assert finished
    refused = [seen for seen in finished if seen.verbs()[-1] != "QUIT"]
    # A certificate that does not verify is hung up on.
    assert len(refused) <= 1


def test_every_suite_is_found(probe, receiver):
    made = receiver()
    made.context.maximum_version = ssl.TLSVersion.TLSv1_2
    made.context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA")
    _, told = probe(made.port)
    suites = {row["protocol"]: [suite["suite"] for suite in row["suites"]]
              for row in told["protocols"]}
    assert sorted(suites["TLSv1.2"]) == [
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_256_CBC_SHA"]
    assert told["protocols"][1]["complete"] is True
    assert suites["TLSv1.3"] == []


def test_an_unknown_authority_is_pinned(probe, use, receiver):
    made = receiver()
    status, told = probe(made.port)
    assert status == 1 and faults(told) == ["untrusted"]
    assert passes(told) == {"encrypt": True, "fingerprint": True,
                            "verify": False, "secure": False}
    assert told["suggestion"]["tls"] == "fingerprint"
    assert use(told, made.port)["verified"] == "fingerprint"
    arrived(made)


def test_another_name_is_told(probe, use, receiver, certificates):
    made = receiver()
    status, told = probe(
        made.port, "--ca", certificates / "ca.pem", host="localhost")
    assert status == 1 and faults(told) == ["wrong-name"]
    assert told["suggestion"]["tls"] == "secure"
    assert '[ "mx.test" ]' in "\n".join(told["suggestion"]["receiver"])
    assert use(told, made.port)["verified"] == "name"


def test_an_expired_certificate_is_told(
        probe, use, receiver, certificates, root):
    past(certificates / "mx.csr", certificates / "ca", root / "old.pem")
    made = receiver()
    made.context.load_cert_chain(root / "old.pem", certificates / "mx.key")
    status, told = probe(made.port, "--ca", certificates / "ca.pem")
    assert status == 1 and faults(told) == ["expired"]
    assert told["suggestion"]["tls"] == "fingerprint"
    assert use(told, made.port)["verified"] == "fingerprint"
    arrived(made)


def test_plaintext_alone_is_told(probe, use, receiver):
    made = receiver(tls="none")
    status, told = probe(made.port)
    assert status == 1 and faults(told) == ["no-starttls"]
    assert told["suggestion"]["tls"] == "may"
    assert use(told, made.port)["receiver-tls"] == "none"
    arrived(made)


@pytest.mark.parametrize("arguments", [(), ("--implicit",)])
def test_implicit_tls_is_asked_for_or_found(
        probe, use, receiver, certificates, arguments):
    made = receiver(implicit=True)
    status, told = probe(
        made.port, "--ca", certificates / "ca.pem", *arguments)
    assert status == 0 and told["tls"] == "implicit"
    assert use(told, made.port)["verified"] == "name"
    arrived(made)


def test_tls_1_0_alone_gets_its_floor(probe, use, receiver):
    made = receiver()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made.context.minimum_version = ssl.TLSVersion.TLSv1
        made.context.maximum_version = ssl.TLSVersion.TLSv1
    made.context.set_ciphers("ALL:@SECLEVEL=0")
    status, told = probe(made.port)
    assert status == 1 and "old-protocol" in faults(told)
    assert offered(told)["TLSv1.0"] and not offered(told)["TLSv1.2"]
    assert use(told, made.port)["receiver-tls"].startswith("TLSv1.0/")
    arrived(made)


def test_old_hellos_and_export_suites_are_found(
        probe, use, proxy, receiver):
    """The old server is a sallyport that admits nothing newer."""
    made = receiver()
    old = proxy(receiver=made.port, sender__min_protocol="ssl3",
                sender__max_protocol="ssl3", sender__min_bits=40)
    status, told = probe(old.port)
    assert status == 1 and faults(told) == ["handshake"]
    assert told["suggestion"]["tls"] == "may"
    status, told = probe(old.port, "--legacy")
    assert status == 1
    assert {"old-protocol", "export", "ssl3"} <= set(faults(told))
    assert offered(told) == {"TLSv1.3": False, "TLSv1.2": False,
                             "TLSv1.1": False, "TLSv1.0": False,
                             "SSLv3": True}
    suites = [row["suite"] for row in told["protocols"][4]["suites"]]
    assert "TLS_RSA_EXPORT_WITH_RC4_40_MD5" in suites
    assert len(suites) == len(set(suites)) > 5
    served = {row["profile"]: row for row in told["profiles"]}
    assert served["schannel-40"]["bits"] == 40
    assert served["schannel"]["served"] is True
    assert told["suggestion"]["tls"] == "fingerprint"
    assert use(told, old.port)["receiver-tls"].startswith("SSLv3/")
    arrived(made)


def greeted(reply):
    """A server that answers EHLO, and STARTTLS with reply."""
    def talk(connected, ended):
        connected.sendall(b"220 mx ESMTP\r\n")
        while True:
            line = connected.recv(4096).upper()
            if not line or line.startswith(b"QUIT"):
                return
            if line.startswith(b"EHLO"):
                connected.sendall(b"250-mx\r\n250 STARTTLS\r\n")
            elif line.startswith(b"STARTTLS"):
                connected.sendall(reply)
            else:
                return
    return talk


def says(text):
    def talk(connected, ended):
        connected.sendall(text)
        ended.wait(10)
    return talk


def pours(connected, ended):
    while not ended.is_set():
        connected.sendall(b"x" * 65536)


def replies_for_ever(connected, ended):
    while not ended.is_set():
        connected.sendall(b"220-and more\r\n" * 1000)


def lists_all_it_can(connected, ended):
    connected.sendall(b"220 mx ESMTP\r\n")
    connected.recv(4096)
    connected.sendall(b"250-X-KEYWORD\r\n" * 5000 + b"250 STARTTLS\r\n")
    ended.wait(10)


@pytest.mark.parametrize("talk, fault", [
    (says(b""), "silent"),
    (says(b"HTTP/1.0 400 what\r\n"), "not-smtp"),
    (says(b"\x16\x03\x01\x02\x00\xff\xff\r\n"), "not-smtp"),
    (says(b"220-never ends\r\n"), "too-late"),
    (says(b"554 5.7.1 go away\r\n"), "greeting"),
    (says(b"421 busy \x1b[2J\xff\r\n"), "greeting"),
    (lambda connected, ended: None, "closed"),
    (pours, "not-smtp"),
    (replies_for_ever, "reply-huge"),
    (lists_all_it_can, "reply-huge"),
    (greeted(b"454 4.7.0 no key\r\n"), "starttls-refused"),
    (greeted(b"220 go\r\n250 injected\r\n"), "injected"),
    (greeted(b"220 go\r\n"), "handshake"),
])
def test_each_way_to_fail_is_told(probe, scripted, talk, fault):
    made = scripted(talk)
    status, told = probe(made.port, "--timeout", "1")
    assert status == 1
    assert faults(told)[0] == fault
    assert told["faults"][0]["advice"]


def test_nobody_listens(probe):
    status, told = probe(free_port())
    assert status == 1 and faults(told) == ["refused"]
    assert told["suggestion"] is None


def test_connections_are_bounded(probe, receiver):
    made = receiver()
    status, told = probe(made.port, "--connections", "5")
    assert status == 1 and "limit" in faults(told)
    assert told["connections"] <= 5
    assert len(made.connections) == told["connections"]


@pytest.mark.parametrize("arguments", [
    [], ["a", "b"], ["a:0"], ["a:65536"], ["a:x"], [":25"], ["[::1"],
    ["--what", "a"], ["--timeout", "0", "a"], ["--ca", "/nowhere", "a"]])
def test_wrong_usage(binary, arguments):
    done = subprocess.run([binary, "probe", *arguments],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 64
    assert "usage:" in done.stderr


def test_postfix(probe, use, mailers, certificates):
    made = mailers("postfix", "offer")
    status, told = probe(made.port, "--ca", certificates / "ca.pem")
    assert status == 0, told["faults"]
    assert told["suggestion"]["tls"] == "verify"
    assert "STARTTLS" in told["keywords"]["before"]
    assert "STARTTLS" not in told["keywords"]["after"]
    assert use(told, made.port)["verified"] == "name"
    assert b"it arrives" in made.messages(1)[0]
    assert "improper command pipelining" not in made.log()


def test_aiosmtpd(probe, certificates):
    controller = pytest.importorskip("aiosmtpd.controller")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "mx.pem", certificates / "mx.key")
    made = controller.Controller(
        object(), hostname="127.0.0.1", port=free_port(),
        tls_context=context, require_starttls=True)
    made.start()
    try:
        status, told = probe(made.port, "--ca", certificates / "ca.pem")
    finally:
        made.stop()
    assert status == 0, told["faults"]
    assert "SMTPUTF8" in told["keywords"]["after"]
    assert told["suggestion"]["works"] is True
