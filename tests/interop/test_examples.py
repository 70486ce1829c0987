# SPDX-License-Identifier: ISC
"""Each situation of policy/examples/, tried as its file says: the file itself
is read, and only what belongs to a place is replaced, word for word, by what
is here: addresses, ports, names of hosts, networks and paths of files. The
user is left out. Each replacement must find its word."""

import hashlib
import os
import pathlib
import re
import shutil
import ssl
import subprocess

import pytest

import haproxy
import messages
import proxy as proxy_module
import sender as senders

EXAMPLES = pathlib.Path(os.environ["srcdir"]) / "policy" / "examples"


@pytest.fixture
def example(proxy, certificates):
    """Runs an example with its words replaced. Authorities are the test's."""
    def start(name, words):
        text = (EXAMPLES / f"{name}.conf").read_text()
        for old, new in {'user = "sallyport";\n': "", **words}.items():
            assert re.search(rf"(?<![\w.]){re.escape(old)}", text), old
            text = text.replace(old, str(new))
        return proxy(config=text, trust_store=certificates / "ca.pem")
    return start


@pytest.fixture
def local(receiver, certificates, root):
    """A receiver whose certificate is for localhost."""
    (root / "names").write_text("subjectAltName=DNS:localhost")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=root, check=True,
                       capture_output=True)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "local.key",
            "-out", "local.csr", "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", "local.csr", "-CA", certificates / "ca.pem",
            "-CAkey", certificates / "ca.key", "-set_serial", "77",
            "-days", "3", "-out", "local.pem", "-extfile", "names")

    def start(version=None, **options):
        def prepare(context):
            context.load_cert_chain(root / "local.pem", root / "local.key")
            if version is not None:
                context.minimum_version = version
        return receiver(prepare=prepare, **options)
    return start


def deliver(made, name="multipart"):
    assert made.envelope() == [250, 250]
    reply = made.data(messages.SMALL[name])
    made.say("QUIT")
    made.close()
    return reply[0]


def old_tls(context):
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1


EXCHANGE = {"receiver__min_protocol": "ssl3", "receiver__max_protocol":
            "ssl3", "receiver__min_bits": 40, "sender__tls": "none",
            "receiver__ciphers": "TLS_RSA_EXPORT_WITH_RC4_40_MD5"}


def test_exchange55_to_iis(example, proxy, receiver, mint):
    """Another sallyport speaks for Exchange: SSL 3.0, 40 bits. The receiver
    knows TLS 1.0 alone, and forgets its first TLS."""
    iis = receiver(tls="demand", prepare=old_tls, forgets=1,
                   demand_reply="505 Must issue a STARTTLS command first")
    between = example("exchange55-to-iis", {
        "192.0.2.10:25": "127.0.0.1:PORT", "192.0.2.7": "127.0.0.1",
        "iis.corp.example:25": f"127.0.0.1:{iis.port}",
        "/etc/sallyport/exchange-legacy.pem": mint("old.test", "rsa:1024")})
    exchange = proxy(receiver=between.port, **EXCHANGE)
    assert deliver(senders.Sender(exchange.port).begin()) == 250
    assert iis.messages == [messages.SMALL["multipart"]]
    assert iis.connections[-1].protocol == "TLSv1"
    line = between.session()
    assert line["sender-tls"] == "SSLv3/TLS_RSA_EXPORT_WITH_RC4_40_MD5/40"
    # And one that skips the handshake after our 220.
    made = senders.Sender(between.port).begin()
    assert made.say("STARTTLS")[0] == 220
    assert deliver(made) == 250
    stranger = senders.Sender(between.port, source="127.0.0.9")
    assert stranger.hear()[0] == 554


def test_printers_to_office365(example, local):
    """swaks is the printer; its password goes through."""
    if shutil.which("swaks") is None:
        pytest.skip("swaks is not installed")
    office = local(tls="demand", password="open sesame")
    second = proxy_module.free_port()
    between = example("printers-to-office365", {
        "10.0.5.1:25": "127.0.0.1:PORT", "10.0.5.1:587": f"127.0.0.1:{second}",
        "10.0.5.0/24": "127.0.0.0/8", "10.0.5.40": "127.0.5.40",
        "smtp.office365.com:587": f"localhost:{office.port}"})
    for port in (between.port, second):
        done = subprocess.run(
            ["swaks", "--server", f"127.0.0.1:{port}", "--from", "a@test",
             "--to", "b@test", "--helo", "printer.test", "--auth", "PLAIN",
             "--auth-user", "user", "--auth-password", "open sesame"],
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "STARTTLS" not in done.stdout
    assert [e["tls"] and e["authenticated"] for e in office.envelopes] == \
        [True, True]
    assert between.session()["verified"] == "name"
    fax = senders.Sender(between.port, source="127.0.5.40").begin()
    fax.envelope()
    fax.say("DATA")
    fax.send(b"Subject: fax\n\nno CR\n.\n")
    assert fax.hear()[0] == 250
    assert office.messages[-1] == b"Subject: fax\r\n\r\nno CR\r\n"


def test_tls10_printers_to_tls13(example, local, certificates, mint):
    smarthost = local(ssl.TLSVersion.TLSv1_3, tls="demand")
    ecdsa = mint("mx.test", "ec")
    between = example("tls10-printers-to-tls13", {
        "*:587": "127.0.0.1:PORT", "10.0.0.0/8": "127.0.0.0/8",
        "10.0.5.0/24": "127.0.5.0/24",
        "smarthost.example.net:587": f"localhost:{smarthost.port}",
        "/etc/sallyport/mail-rsa.pem": certificates / "mx.pem",
        "/etc/sallyport/mail-rsa.key": certificates / "mx.key",
        "/etc/sallyport/mail-ecdsa.pem": ecdsa,
        "/etc/sallyport/mail-ecdsa.key": ecdsa})
    old = senders.context(ssl.TLSVersion.TLSv1)
    made = senders.Sender(between.port, tls=old, source="127.0.5.7").begin(
        secure=True)
    assert made.socket.version() == "TLSv1"
    assert deliver(made) == 250
    made = senders.Sender(between.port, source="127.0.5.7").begin(secure=True)
    assert made.socket.version() == "TLSv1.3"
    assert ssl.DER_cert_to_PEM_cert(made.socket.getpeercert(True)) in \
        ecdsa.read_text()
    assert deliver(made) == 250
    assert [c.protocol for c in smarthost.connections] == ["TLSv1.3"] * 2
    with pytest.raises((ssl.SSLError, OSError)):
        senders.Sender(between.port, tls=senders.context(
            ssl.TLSVersion.TLSv1)).begin(secure=True)
    assert senders.Sender(between.port).begin().say("MAIL FROM:<a@test>")[0] \
        == 530


@pytest.mark.parametrize("suite", [
    "TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"])
def test_modern_to_old_smarthost(example, proxy, mailers, mint, suite):
    """Another sallyport speaks for Exchange 2003: TLS 1.0 and one suite."""
    legacy = mint("exchange2003.test", "rsa:1024")
    pem = legacy.read_text()
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(
        pem[pem.index("-----BEGIN CERT"):])).hexdigest()
    behind = mailers("postfix", "none")
    old = proxy(receiver=behind.port, receiver__tls="none",
                sender__tls="require", sender__min_protocol="tls1.0",
                sender__max_protocol="tls1.0", sender__ciphers=suite,
                sender__legacy_certificate=legacy)
    text = (EXAMPLES / "modern-to-old-smarthost.conf").read_text()
    sample = re.search(r'"((?:[0-9a-f]{2}:){31}[0-9a-f]{2})"', text).group(1)
    between = example("modern-to-old-smarthost", {
        "127.0.0.1:2525": "127.0.0.1:PORT",
        "[::1]:2525": f"[::1]:{proxy_module.free_port()}",
        "exchange2003.corp.example:25": f"127.0.0.1:{old.port}",
        sample: digest})
    made = senders.Sender(between.port).begin(secure=True)
    assert made.socket.version() == "TLSv1.3"
    assert deliver(made) == 250
    behind.messages(1)
    line = between.session()
    assert line["receiver-tls"].startswith(f"TLSv1.0/{suite}/")
    assert line["verified"] == "fingerprint"


def test_tls_to_plaintext(example, mailers, mint):
    behind = mailers("postfix", "none")
    between = example("tls-to-plaintext", {
        "198.51.100.5:25": "127.0.0.1:PORT",
        "192.168.7.2:25": f"127.0.0.1:{behind.port}",
        "/etc/sallyport/mx.pem": mint("mx.test")})
    assert senders.Sender(between.port).begin().say("MAIL FROM:<a@test>")[0] \
        == 530
    assert deliver(senders.Sender(between.port).begin(secure=True)) == 250
    assert messages.as_delivered(behind.messages(1)[0]) == \
        messages.SMALL["multipart"]
    made = senders.Sender(between.port).begin(secure=True)
    made.envelope()
    assert made.data(b"Subject: x\n\r\nbody\r\n")[0] == 550


def test_implicit_and_starttls(example, local, mint):
    starttls, implicit = local(tls="demand"), local(implicit=True)
    second = proxy_module.free_port()
    between = example("implicit-and-starttls", {
        "127.0.0.1:465": "127.0.0.1:PORT",
        "127.0.0.1:587": f"127.0.0.1:{second}",
        "mail.example.net:587": f"localhost:{starttls.port}",
        "mail.example.org:465": f"localhost:{implicit.port}",
        "/etc/sallyport/mail.pem": mint("mail.test")})
    assert deliver(senders.Sender(between.port, implicit=True).begin()) == 250
    assert senders.Sender(second).begin().say("MAIL FROM:<a@test>")[0] == 530
    assert deliver(senders.Sender(second).begin(secure=True)) == 250
    assert starttls.connections[0].verbs()[1] == "STARTTLS"
    assert "STARTTLS" not in implicit.connections[0].verbs()
    assert starttls.messages == implicit.messages == \
        [messages.SMALL["multipart"]]


def test_behind_haproxy(example, local, mailers, root):
    """HAProxy spreads senders over two; Postfix knows each of them."""
    haproxy.require()
    assert callable(local)  # it has made the certificate of localhost
    behind = mailers("postfix", "demand", mynetworks="127.0.0.0/8",
                     smtpd_authorized_xclient_hosts="127.0.0.1",
                     smtpd_tls_cert_file=root / "local.pem",
                     smtpd_tls_key_file=root / "local.key")
    both = [example("behind-haproxy", {
        "*:25": "127.0.0.1:PORT", '"198.51.100.0/24", "2001:db8:1::/64"':
        '"127.0.0.5"', "192.0.2.10": "127.0.0.1",
        "postfix.example.com:25": f"localhost:{behind.port}"})
            for _ in range(2)]
    front = haproxy.Haproxy(root / "haproxy", proxy_module.free_port(),
                            [(one.port, "send-proxy-v2") for one in both])
    try:
        # Which of them is next is HAProxy's affair.
        sent = 0
        while not all("client=127.0.0.5:" in one.log() for one in both):
            assert sent < 20, both[0].log() + both[1].log()
            made = senders.Sender(front.port, source="127.0.0.5").begin()
            assert deliver(made) == 250
            sent += 1
        stranger = senders.Sender(front.port, source="127.0.0.6")
        assert stranger.hear()[0] == 554
    finally:
        front.stop()
    assert len(behind.messages(sent)) == sent
    for one in both:
        line = one.line("client=127.0.0.5:.* messages=1 ")
        assert "verified=name" in line
    assert behind.log().count("client=unknown[127.0.0.5]") >= sent
