# SPDX-License-Identifier: ISC
"""Each setting of the sender leg changes what senders meet. What each is set
to, and what is so without it, is tried on the running program."""

import hashlib
import socket
import ssl
import subprocess

import pytest

import messages
import sender as senders

CLOSED = (ssl.SSLError, OSError)


@pytest.fixture
def behind(receiver):
    return receiver(tls="demand", keywords=("PIPELINING", "8BITMIME", "X-ONE"),
                    password="open sesame")


@pytest.fixture
def between(proxy, behind):
    """A proxy with these settings of the sender leg."""
    def start(*arguments, **settings):
        return proxy(*arguments, receiver=behind.port,
                     **{f"sender__{k}": v for k, v in settings.items()})
    return start


def plain(made):
    return senders.Sender(made.port).begin()


def secure(made, tls=None):
    return senders.Sender(made.port, tls=tls).begin(secure=True)


def tls12(ciphers):
    made = senders.context()
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(ciphers)
    return made


def test_tls_none(between):
    made = plain(between(tls="none"))
    assert "STARTTLS" not in made.keywords
    assert made.say("STARTTLS")[0] == 502
    assert made.envelope() == [250, 250]


def test_tls_offer(between):
    started = between(tls="offer")
    made = plain(started)
    assert "STARTTLS" in made.keywords
    assert made.envelope() == [250, 250]
    assert secure(started).envelope() == [250, 250]


def test_tls_require(between, behind):
    """RFC 3207 section 4: 530 to every command other than NOOP, EHLO,
    STARTTLS and QUIT; RSET and HELO change nothing."""
    started = between(tls="require")
    made = plain(started)
    for command in ("MAIL FROM:<a@test>", "RCPT TO:<b@test>", "DATA",
                    "VRFY b", "EXPN b", "AUTH PLAIN", "HELP",
                    "BDAT 0 LAST"):
        code, text = made.say(command)
        assert code == 530 and text.startswith("530 5.7.0 "), command
    for command in ("NOOP", "RSET", "EHLO client.test", "HELO client.test"):
        assert made.say(command)[0] == 250, command
    assert made.say("QUIT")[0] == 221
    assert secure(started).envelope() == [250, 250]
    assert not {"MAIL", "AUTH"} & set(behind.connections[0].verbs())


def test_implicit_tls(between):
    started = between(implicit_tls="true")
    made = senders.Sender(started.port, implicit=True).begin()
    assert "STARTTLS" not in made.keywords
    assert made.envelope() == [250, 250]


@pytest.mark.parametrize("word, version", [
    ("tls1.0", ssl.TLSVersion.TLSv1), ("tls1.1", ssl.TLSVersion.TLSv1_1),
    ("tls1.2", ssl.TLSVersion.TLSv1_2), ("tls1.3", ssl.TLSVersion.TLSv1_3)])
def test_min_protocol(between, word, version):
    started = between(min_protocol=word)
    assert secure(started, senders.context(version)).envelope() == [250, 250]
    if word != "tls1.0":
        below = ssl.TLSVersion(version - 1)
        with pytest.raises(CLOSED):
            secure(started, senders.context(below))


@pytest.mark.parametrize("word, chosen", [
    ("tls1.2", "TLSv1.2"), ("tls1.3", "TLSv1.3")])
def test_max_protocol(between, word, chosen):
    made = secure(between(max_protocol=word))
    assert made.socket.version() == chosen


def test_a_keyword_that_nobody_knows_is_logged_once(proxy, receiver):
    behind = receiver(tls="demand",
                      keywords=("PIPELINING", "X-ONE", "NOVELTY", "SHOWN 1"))
    started = proxy(receiver=behind.port, sender__show_keywords="SHOWN")
    for _ in range(2):
        made = plain(started)
        assert "NOVELTY" not in made.keywords and "SHOWN" in made.keywords
        made.say("QUIT")
    said = [line for line in started.log().splitlines()
            if "not known here" in line]
    assert len(said) == 1 and "offers NOVELTY," in said[0]


def test_min_bits(between):
    weak = "ECDHE-RSA-AES128-GCM-SHA256"
    for bits in (40, 56, 112, 128):
        assert secure(between(min_bits=bits),
                      tls12(weak)).socket.cipher()[2] == 128
    with pytest.raises(CLOSED):
        secure(between(min_bits=256), tls12(weak))


def test_ciphers(between):
    started = between(ciphers="ECDHE-RSA-AES256-GCM-SHA384,"
                      "TLS_AES_128_GCM_SHA256")
    made = secure(started, tls12("ALL"))
    assert made.socket.cipher()[0] == "ECDHE-RSA-AES256-GCM-SHA384"
    assert secure(started).socket.cipher()[0] == "TLS_AES_128_GCM_SHA256"


@pytest.mark.parametrize("groups, told", [
    ("P-384", "ECDH, secp384r1"), ("P-256", "ECDH, prime256v1")])
def test_groups(between, groups, told):
    started = between(groups=groups)
    done = subprocess.run(
        ["openssl", "s_client", "-starttls", "smtp", "-connect",
         f"127.0.0.1:{started.port}", "-groups", "P-384:P-256"],
        input="QUIT\n", capture_output=True, text=True, timeout=30)
    assert f" Temp Key: {told}" in done.stdout, done.stdout


def shown(made):
    return ssl.DER_cert_to_PEM_cert(made.socket.getpeercert(True))


def test_certificate_and_key(between, certificates):
    started = between(certificate=certificates / "mx.pem",
                      key=certificates / "mx.key")
    assert shown(secure(started)) in (certificates / "mx.pem").read_text()
    made = between()
    made.line("has no certificate: one was made for")
    assert shown(secure(made)) not in (certificates / "mx.pem").read_text()


def test_certificate_by_name(between, certificates, mint):
    """The certificate that has the name asked for; else the first."""
    other = mint("other.test")
    started = between(
        certificate=f"{certificates}/mx.pem,{other}",
        key=f"{certificates}/mx.key,{other}")
    for name, wanted in (("other.test", other), ("mx.test", None),
                         ("unknown.test", None), (None, None)):
        made = senders.Sender(started.port).begin()
        assert made.say("STARTTLS")[0] == 220
        made.socket = made.tls.wrap_socket(made.socket, server_hostname=name)
        wanted = wanted or certificates / "mx.pem"
        assert shown(made) in wanted.read_text(), name


def test_certificate_by_key_type(between, certificates, mint):
    """RSA for the old, ECDSA for whoever knows it."""
    ecdsa = mint("mx.test", "ec")
    started = between(
        certificate=f"{certificates}/mx.pem,{ecdsa}",
        key=f"{certificates}/mx.key,{ecdsa}")
    made = secure(started, tls12("ECDHE-RSA-AES128-GCM-SHA256"))
    assert shown(made) in (certificates / "mx.pem").read_text()
    for tls in (tls12("ECDHE-ECDSA-AES128-GCM-SHA256"), tls12("ALL"), None):
        assert shown(secure(started, tls)) in ecdsa.read_text()


OLD = {"receiver__min_protocol": "ssl3", "receiver__max_protocol": "ssl3",
       "receiver__min_bits": "40", "sender__tls": "none"}


def test_min_protocol_ssl3(between, proxy):
    """Through two: the first is the old sender of the second."""
    started = between(min_protocol="ssl3", min_bits=40)
    old = proxy(receiver=started.port, **OLD)
    made = plain(old)
    assert made.envelope() == [250, 250]
    made.say("QUIT")
    assert started.session()["sender-tls"].startswith("SSLv3/")
    strict = between(min_protocol="tls1.0", min_bits=40)
    refused = proxy(receiver=strict.port, **OLD)
    made = senders.Sender(refused.port)
    made.hear()
    assert made.say("EHLO client.test")[0] == 421


def test_legacy_certificate_and_key(between, proxy, mint):
    legacy = mint("legacy.test", "rsa:1024")
    der = ssl.PEM_cert_to_DER_cert(
        legacy.read_text()[legacy.read_text().index("-----BEGIN CERT"):])
    known = {"receiver__tls": "fingerprint",
             "receiver__fingerprints": hashlib.sha256(der).hexdigest()}
    started = between(min_protocol="ssl3", min_bits=40,
                      legacy_certificate=legacy, legacy_key=legacy)
    assert plain(proxy(receiver=started.port, **OLD, **known)).envelope() == \
        [250, 250]
    made = between(min_protocol="ssl3", min_bits=40)
    refused = senders.Sender(proxy(receiver=made.port, **OLD, **known).port)
    refused.hear()
    code, text = refused.say("EHLO client.test")
    assert code == 421 and "4.7.5" in text


def records(port, tls):
    """How many records of content one reply comes in."""
    made = senders.Sender(port, tls=tls).begin()
    assert made.say("STARTTLS")[0] == 220
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    wrapped = tls.wrap_bio(incoming, outgoing)

    def turn(step):
        raw = b""
        while True:
            try:
                return raw, step()
            except ssl.SSLWantReadError:
                made.socket.sendall(outgoing.read())
                more = made.socket.recv(65536)
                raw += more
                incoming.write(more)
    turn(wrapped.do_handshake)
    wrapped.write(b"NOOP\r\n")
    made.socket.sendall(outgoing.read())
    raw, text = turn(lambda: wrapped.read(4096))
    assert text.startswith(b"2") or len(text) == 1
    count = 0
    while raw:
        assert raw[0] == 23
        raw = raw[5 + int.from_bytes(raw[3:5], "big"):]
        count += 1
    return count


def test_record_splitting(between):
    tls = senders.context(ssl.TLSVersion.TLSv1)
    tls.set_ciphers("AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
    old = {"min_protocol": "tls1.0"}
    assert records(between(record_splitting="false", **old).port, tls) == 1
    assert records(between(record_splitting="true", **old).port, tls) == 2


def with_certificate(certificates):
    tls = senders.context()
    tls.load_cert_chain(certificates / "mx.pem", certificates / "mx.key")
    return tls


@pytest.mark.parametrize("word, without", [
    ("none", True), ("ask", True), ("require", False)])
def test_client_certificate(between, certificates, word, without):
    settings = {} if word == "none" else {
        "client_ca": certificates / "ca.pem"}
    started = between(client_certificate=word, tls="require", **settings)
    assert secure(started, with_certificate(certificates)).envelope() == \
        [250, 250]
    if without:
        assert secure(started).envelope() == [250, 250]
    else:
        with pytest.raises((*CLOSED, AssertionError)):
            secure(started)


def test_client_ca(between, certificates, mint):
    """A certificate of an authority that is not in client-ca does not do."""
    other = mint("other.test")
    started = between(client_certificate="require", tls="require",
                      client_ca=other)
    with pytest.raises((*CLOSED, AssertionError)):
        secure(started, with_certificate(certificates))


def test_missing_handshake(between):
    for word, codes in (("refuse", [421, 0]), ("tolerate", [250, 250])):
        made = plain(between(missing_handshake=word))
        assert made.say("STARTTLS")[0] == 220
        assert [made.say("MAIL FROM:<a@test>")[0],
                made.say("RCPT TO:<b@test>")[0] if codes[1] else 0] == codes


def test_early_starttls(between):
    for word, wanted in (("true", 220), ("false", 503)):
        made = senders.Sender(between(early_starttls=word).port)
        made.hear()
        assert made.say("STARTTLS")[0] == wanted


PASSWORD = "AUTH PLAIN AHVzZXIAb3BlbiBzZXNhbWU="


def test_auth_without_tls(between, behind):
    made = plain(between())
    assert "AUTH" not in made.keywords
    assert made.say(PASSWORD)[0] in (504, 538)
    made = plain(between(auth_without_tls="true"))
    assert "AUTH PLAIN LOGIN" in made.keywords
    assert made.say(PASSWORD)[0] == 235
    assert made.envelope() == [250, 250]
    assert behind.connections[1].lines[-3] == (PASSWORD, True)


def test_bare_newline(between, behind):
    text = b"Subject: x\n\r\nbody\n"
    for word, wanted in (("reject", 550), ("normalize", 250)):
        made = secure(between(bare_newline=word))
        made.envelope()
        assert made.data(text + b"\r\n")[0] == wanted
    assert behind.messages == [b"Subject: x\r\n\r\nbody\r\n\r\n"]


def test_early_pipelining(between):
    group = b"EHLO client.test\r\nMAIL FROM:<a@test>\r\n"
    for word, wanted in (("tolerate", [250, 250]), ("reject", [554, 0])):
        made = senders.Sender(between(early_pipelining=word).port)
        made.hear()
        made.send(group)
        assert [made.hear()[0], made.hear()[0]] == wanted


def test_lf_end_of_data(between, behind):
    made = secure(between(lf_end_of_data="true"))
    made.envelope()
    assert made.say("DATA")[0] == 354
    made.send(b"Subject: x\n\nbody\n.\n")
    assert made.hear()[0] == 250
    assert behind.messages == [b"Subject: x\r\n\r\nbody\r\n"]
    made = secure(between(lf_end_of_data="false"))
    made.envelope()
    made.say("DATA")
    made.send(b"body\n.\n")
    made.socket.settimeout(0.5)
    with pytest.raises(socket.timeout):
        made.file.readline()


def test_hide_and_show_keywords(between):
    made = plain(between())
    assert "8BITMIME" in made.keywords and "X-ONE" not in made.keywords
    assert "8BITMIME" not in plain(between(hide_keywords="8bitmime")).keywords
    assert "X-ONE" in plain(between(show_keywords="X-ONE")).keywords


def test_starttls_is_hidden_from_one_client(proxy, behind):
    """As a rule for a client alone: who cannot do it is not offered it."""
    started = proxy(config=f"""
listener = {{ in = {{ address = "127.0.0.1:PORT"
                      forward-to = "127.0.0.1:{behind.port}" }} }}
rules = ( {{ client = "127.0.0.7" sender = {{ hide-keywords = "8BITMIME"
                                             tls = "none" }} }} )
""")
    for address, offered in (("127.0.0.7", False), ("127.0.0.1", True)):
        made = senders.Sender(started.port, source=address).begin()
        assert ("STARTTLS" in made.keywords) == offered
        assert made.envelope() == [250, 250]
        assert made.data(messages.dots())[0] == 250
