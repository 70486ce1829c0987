# SPDX-License-Identifier: ISC
"""Postfix on either side, and both."""

import shutil
import smtplib
import subprocess

import pytest

import messages
import sender as senders


@pytest.fixture
def strict(postfix):
    return postfix(smtpd_tls_security_level="encrypt")


def client(between):
    made = smtplib.SMTP("127.0.0.1", between.port, timeout=30)
    made.ehlo("client.test")
    return made


def test_postfix_refuses_without_tls(strict):
    made = smtplib.SMTP("127.0.0.1", strict.port, timeout=30)
    made.ehlo()
    assert made.mail("a@test")[0] == 530


def test_messages_come_out_of_postfix_byte_for_byte(proxy, strict):
    between = proxy(receiver=strict.port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO client.test")
    assert made.starttls()[0] == 220
    made.say("EHLO client.test")
    for message in messages.SMALL.values():
        assert made.envelope(
            mail="MAIL FROM:<a@test> BODY=8BITMIME") == [250, 250]
        assert made.data(message)[0] == 250
    made.say("QUIT")
    arrived = strict.messages(len(messages.SMALL))
    assert sorted(messages.as_delivered(stored) for stored in arrived) == \
        sorted(messages.SMALL.values())
    assert "Anonymous TLS connection established" in strict.log()


def test_postfix_verified_at_its_wrapper_port(proxy, postfix, certificates):
    strict = postfix(wrapper=True, smtpd_tls_security_level="encrypt")
    between = proxy(receiver=strict.port, receiver__implicit_tls="true",
                    receiver__tls="secure", receiver__names="mx.test",
                    receiver__ca=certificates / "ca.pem")
    with client(between) as made:
        made.sendmail("a@test", ["b@test"], messages.multipart())
    strict.messages(1)
    assert between.session()["verified"] == "name"


def test_chunks_utf8_and_dsn_reach_postfix(proxy, strict):
    between = proxy(receiver=strict.port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO client.test")
    made.starttls()
    _, keywords = made.say("EHLO client.test")
    for keyword in ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN",
                    "CHUNKING", "SIZE", "ENHANCEDSTATUSCODES"):
        assert keyword in keywords
    assert "STARTTLS" not in keywords
    assert made.say("MAIL FROM:<büro@test> SMTPUTF8 BODY=8BITMIME "
                    "RET=HDRS ENVID=QQ314159")[0] == 250
    assert made.say("RCPT TO:<empfänger@test> NOTIFY=FAILURE "
                    "ORCPT=utf-8;empf\\x{E4}nger@test")[0] == 250
    message = messages.eight_bit()
    half = len(message) // 2
    made.send(b"BDAT %d\r\n" % half + message[:half])
    assert made.hear()[0] == 250
    made.send(b"BDAT %d LAST\r\n" % (len(message) - half) + message[half:])
    assert made.hear()[0] == 250
    made.say("QUIT")
    assert messages.as_delivered(strict.messages(1)[0]) == message


def test_postfix_sends_to_postfix(proxy, postfix, strict):
    between = proxy(receiver=strict.port)
    origin = postfix(smtp_tls_security_level="encrypt",
                     smtp_address_preference="ipv4",
                     relayhost=f"[127.0.0.1]:{between.port}",
                     virtual_mailbox_domains="",
                     disable_dns_lookups="yes")
    for message in messages.SMALL.values():
        origin.send(message.replace(b"\r\n", b"\n"), "a@test", ["b@test"])
    arrived = strict.messages(len(messages.SMALL))
    for message in messages.SMALL.values():
        assert any(message in stored.replace(b"\n", b"\r\n")
                   for stored in arrived), origin.log()
    assert "status=sent (250 2.0.0 Ok: queued as" in origin.log()


def test_ten_megabytes_reach_postfix(proxy, strict):
    between = proxy(receiver=strict.port)
    message = messages.big()
    with client(between) as made:
        made.starttls(context=senders.context())
        made.sendmail("a@test", ["b@test"], message)
    assert messages.as_delivered(strict.messages(1)[0]) == message


def test_swaks_sees_its_message_queued(proxy, strict):
    if shutil.which("swaks") is None:
        pytest.skip("swaks is not installed")
    between = proxy(receiver=strict.port)
    done = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{between.port}", "--tls",
         "--from", "a@test", "--to", "b@test", "--helo", "client.test"],
        capture_output=True, text=True, timeout=60)
    if "TLS not available" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "~> MAIL FROM" in done.stdout
    assert "queued as" in done.stdout
    strict.messages(1)
