# SPDX-License-Identifier: ISC
"""Conditions and settings of rules, and of listeners: each decides what
happens to a session, at the moment at which it is known."""

import ssl

import pytest

import sender as senders

CONFIG = """\
listener = {
  in = {
    address    = [ "127.0.0.1:PORT", "127.0.0.2:PORT" ]
    clients    = [ "127.0.0.0/28" ]
    forward-to = [ "127.0.0.1:RECEIVER" ]
    sender     = { min-protocol = "tls1.0" }
  }
  other = {
    address    = [ "127.0.0.3:PORT" ]
    forward-to = [ "127.0.0.1:RECEIVER" ]
  }
}
rules = ( RULES )
"""
REFUSE = 'action = "refuse"'
TOLD = (554, "5.7.1")


@pytest.fixture
def behind(receiver):
    return receiver(tls="demand")


@pytest.fixture
def ruled(proxy, behind):
    """A proxy with these rules."""
    def start(*rules):
        text = CONFIG.replace("RECEIVER", str(behind.port))
        return proxy(config=text.replace(
            "RULES", ",\n".join("{ %s }" % rule for rule in rules)))
    return start


def dialled(started, source="127.0.0.1", host="127.0.0.1", **options):
    return senders.Sender(started.port, source=source, host=host, **options)


def told(reply):
    return reply[0], reply[1].split(" ")[1]


def test_address_and_clients(ruled, behind):
    started = ruled()
    for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
        dialled(started, host=host).begin().close()
    stranger = dialled(started, source="127.0.0.99")
    assert told(stranger.hear()) == TOLD
    assert len(behind.connections) == 3


def test_name(ruled):
    started = ruled('name = "the lab" client = "127.0.0.7"')
    dialled(started, "127.0.0.7").begin().say("QUIT")
    assert started.session()["rule"] == "the lab"
    other = ruled('client = "127.0.0.7"')
    dialled(other, "127.0.0.7").begin().say("QUIT")
    assert other.session()["rule"] == "rule 1"


def test_action_and_reply(ruled, behind):
    started = ruled(f'client = "127.0.0.5" {REFUSE}',
                    f'client = "127.0.0.6" {REFUSE} '
                    'reply = "450 4.7.1 not before noon"',
                    'client = "127.0.0.7" action = "accept"',
                    f'client = "127.0.0.0/29" {REFUSE}')
    assert told(dialled(started, "127.0.0.5").hear()) == TOLD
    assert dialled(started, "127.0.0.6").hear() == \
        (450, "450 4.7.1 not before noon")
    assert not behind.connections
    assert dialled(started, "127.0.0.7").begin().envelope() == [250, 250]
    assert told(dialled(started, "127.0.0.1").hear()) == TOLD


def test_client(ruled):
    started = ruled('client = [ "127.0.0.4/30", "127.0.0.9" ] '
                    'sender = { tls = "none" }')
    for source, offered in (("127.0.0.5", False), ("127.0.0.9", False),
                            ("127.0.0.8", True)):
        made = dialled(started, source).begin()
        assert ("STARTTLS" in made.keywords) == offered


def test_listener(ruled):
    started = ruled('listener = "other" sender = { tls = "none" }')
    for host, offered in (("127.0.0.1", True), ("127.0.0.3", False)):
        made = dialled(started, host=host).begin()
        assert ("STARTTLS" in made.keywords) == offered


def test_forward_to(ruled, receiver, behind):
    elsewhere = receiver(tls="none")
    started = ruled('client = "127.0.0.7" receiver = { tls = "none" } '
                    f'forward-to = "127.0.0.1:{elsewhere.port}"')
    dialled(started, "127.0.0.7").begin()
    dialled(started).begin()
    assert len(elsewhere.connections) == len(behind.connections) == 1


def test_helo(ruled, behind):
    """Decides the receiver's leg too, for its handshake has not begun."""
    started = ruled('helo = "*.old.test" receiver = { max-protocol = '
                    '"tls1.2" } sender = { tls = "none" }',
                    f'helo = "[*]" {REFUSE} reply = "550 5.7.1 a name"')
    made = dialled(started)
    made.hear()
    code, text = made.say("EHLO a.old.test")
    assert code == 250 and "STARTTLS" not in text
    assert behind.connections[0].protocol == "TLSv1.2"
    made = dialled(started)
    made.hear()
    assert made.say("EHLO [10.0.0.1]") == (550, "550 5.7.1 a name")
    assert "STARTTLS" in made.say("EHLO client.test")[1]
    assert behind.connections[1].protocol == "TLSv1.3"


OLD = ssl.TLSVersion.TLSv1


def first_word(made, secure):
    """What the sender is told in answer to its first command behind the
    handshake, EHLO, or else to MAIL where there is none."""
    made.hear()
    made.say("EHLO client.test")
    if not secure:
        return made.say("MAIL FROM:<a@test>")
    assert made.starttls()[0] == 220
    return made.say("EHLO client.test")


@pytest.mark.parametrize("condition, refused, taken", [
    ('sender-protocol = [ "none" ]', None, ssl.TLSVersion.TLSv1_2),
    ('sender-protocol = [ "tls1.0", "tls1.1" ]', OLD,
     ssl.TLSVersion.TLSv1_2),
    ('sender-protocol = "tls1.3"', ssl.TLSVersion.TLSv1_3, None)])
def test_sender_protocol(ruled, condition, refused, taken):
    started = ruled(f"{condition} {REFUSE}")

    def mail(version):
        made = dialled(started, tls=version and senders.context(version))
        return first_word(made, version is not None)
    assert told(mail(refused)) == TOLD
    assert mail(taken)[0] == 250


def test_sender_bits(ruled):
    started = ruled(f"sender-bits = 128 {REFUSE}")

    def mail(ciphers):
        tls = senders.context()
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        tls.set_ciphers(ciphers)
        return first_word(dialled(started, tls=tls), True)
    assert told(mail("ECDHE-RSA-AES128-GCM-SHA256")) == TOLD
    assert mail("ECDHE-RSA-AES256-GCM-SHA384")[0] == 250
    # Plaintext has 0.
    assert told(first_word(dialled(started), False)) == TOLD


def test_client_name(proxy, behind, certificates):
    started = proxy(config=CONFIG.replace("RECEIVER", str(behind.port))
                    .replace('"tls1.0"', '"tls1.2" client-certificate = '
                             f'"ask" client-ca = "{certificates}/ca.pem"')
                    .replace("RULES", f'{{ client-name = "mx.*" {REFUSE} '
                             'reply = "550 5.7.1 not you" }'))
    assert dialled(started).begin(secure=True).envelope() == [250, 250]
    tls = senders.context()
    tls.load_cert_chain(certificates / "mx.pem", certificates / "mx.key")
    assert first_word(dialled(started, tls=tls), True) == \
        (550, "550 5.7.1 not you")


def test_mail_from(ruled, behind):
    """Known at MAIL: can refuse, or demand more of a leg that is up."""
    started = ruled(f'mail-from = "*@spam.test" {REFUSE}',
                    'mail-from = "board@*" sender = { tls = "require" }',
                    'mail-from = "new@*" sender = { tls = "require" '
                    'min-protocol = "tls1.3" }',
                    'mail-from = "strong@*" receiver = { tls = "secure" '
                    'names = "mx.test" }',
                    f'mail-from = "" {REFUSE} reply = "550 5.7.1 no bounce"')
    made = dialled(started).begin()
    for address, wanted in (
            ("A@SPAM.TEST", TOLD), ("board@test", (530, "5.7.0")),
            ("", (550, "5.7.1"))):
        assert told(made.say(f"MAIL FROM:<{address}>")) == wanted, address
    assert made.envelope() == [250, 250]
    made = dialled(started, tls=senders.context(ssl.TLSVersion.TLSv1_2))
    made.begin(secure=True)
    assert told(made.say("MAIL FROM:<new@test>")) == (554, "5.7.0")
    assert made.say("MAIL FROM:<board@test>")[0] == 250
    made = dialled(started).begin()
    assert told(made.say("MAIL FROM:<strong@test>")) == (451, "4.7.5")
    started.line('rule "rule 4" .*demands stronger TLS of the receiver')
    assert made.envelope() == [250, 250]  # what demands less goes on
    assert not any("spam" in line.lower() or "strong" in line
                   for c in behind.connections for line, _ in c.lines)


def test_rcpt_to(ruled):
    started = ruled(f'rcpt-to = "abuse@*" {REFUSE} '
                    'reply = "550 5.7.1 by telephone"',
                    'rcpt-to = "secret@*" sender = { tls = "require" }',
                    'rcpt-to = "strong@*" receiver = { tls = "verify" }')
    made = dialled(started).begin()
    assert made.envelope("abuse@test", "secret@test", "strong@test",
                         "b@test") == [250, 550, 530, 451, 250]
    made = dialled(started).begin(secure=True)
    assert made.envelope("secret@test") == [250, 250]


def test_conditions_hold_together(ruled):
    """All of a rule, or it does not match; then the next is asked."""
    started = ruled(f'client = "127.0.0.7" mail-from = "a@*" '
                    f'rcpt-to = "x@*" {REFUSE}',
                    f'mail-from = "a@*" rcpt-to = "y@*" {REFUSE}')
    made = dialled(started, "127.0.0.7").begin()
    assert made.envelope("x@test", "y@test", "z@test") == \
        [250, 554, 554, 250]
    made = dialled(started).begin()
    assert made.envelope("x@test", "y@test") == [250, 250, 554]
