# SPDX-License-Identifier: ISC
"""What those see who watch: the log, the trace, the key log."""

import json
import os
import pwd
import re
import socket
import ssl

import pytest

import messages
import sender as senders


def deliver(between, made=None):
    made = made or senders.Sender(between.port)
    made.hear()
    made.say("EHLO client.test")
    assert made.starttls()[0] == 220
    made.say("EHLO client.test")
    assert made.envelope() == [250, 250]
    assert made.data(messages.dots())[0] == 250
    made.say("QUIT")
    made.close()


def test_a_message_and_a_session_have_a_line_each(proxy, receiver):
    between = proxy(receiver=receiver(tls="demand").port)
    deliver(between)
    line = between.line("outcome=accepted")
    assert 'reply="250 2.0.0 Ok: queued as Q1"' in line
    line = between.line("reason=quit")
    assert re.search(
        r" session=[0-9a-f]+ listener=\S+ client=127\.0\.0\.1:\d+ "
        r"helo=client\.test sender-tls=TLSv1\.3/TLS_AES_256_GCM_SHA384/256 "
        r"receiver=127\.0\.0\.1:\d+ "
        r"receiver-tls=TLSv1\.3/TLS_AES_256_GCM_SHA384/256 "
        r'verified=untrusted rule="default" messages=1 recipients=1 '
        r"bytes=\d+ reason=quit duration=\d+\.\d{3}$", line)


def test_the_log_can_be_json(proxy, receiver):
    between = proxy(receiver=receiver(tls="demand").port,
                    log__format="json")
    deliver(between)
    between.line("reason")
    read = [json.loads(line) for line in between.log().splitlines()]
    session = next(line for line in read if "reason" in line)
    assert session["messages"] == 1 and session["helo"] == "client.test"
    assert isinstance(session["duration"], float)


def test_no_sender_writes_lines_of_its_own(proxy, receiver):
    between = proxy("-d", receiver=receiver(tls="demand").port)
    made = senders.Sender(between.port)
    made.hear()
    made.send(b"EHLO a\x1b[2J\nsession=0 reason=quit\r\n")
    made.hear()
    made.send(b"\x1b]0;title\x07 x\r\n")
    made.say("QUIT")
    between.session()
    assert "\x1b" not in between.log() and "\x07" not in between.log()
    assert not re.search("^session=0", between.log(), re.M)


def test_a_key_log_holds_the_secrets_of_both_legs(proxy, receiver, root):
    path = root / "keys"
    between = proxy("--keylog", str(path),
                    receiver=receiver(tls="demand").port)
    deliver(between)
    between.session()
    lines = path.read_text().splitlines()
    assert path.stat().st_mode & 0o777 == 0o600
    randoms = {line.split()[1] for line in lines
               if line.startswith("CLIENT_TRAFFIC_SECRET_0 ")}
    assert len(randoms) == 2
    assert all(re.fullmatch("[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+", line)
               for line in lines)


def test_a_trace_tells_both_handshakes(proxy, receiver):
    between = proxy("-x", receiver=receiver(tls="demand").port)
    deliver(between)
    between.session()
    log = between.log()
    for leg, client, server in (
            ("sender \\*           ", "sender ~>", "sender <~"),
            ("       \\*  receiver", " ~> receiver", " <~ receiver")):
        assert re.search(client + ".* ClientHello offers TLSv1.3", log)
        assert re.search(server + ".* ServerHello chooses TLSv1.3", log)
        assert re.search(leg + ".* TLS is up: TLSv1.3", log)
        assert re.search(leg + ".* record from .*: handshake", log)
    assert "sender ~>            EHLO client.test" in log
    assert re.search("[0-9a-f]{8}  45 48 4c 4f 20 63 6c 69", log)


def test_a_failed_handshake_says_what_to_change(proxy, receiver):
    between = proxy(receiver=receiver(tls="demand").port)
    made = senders.Sender(between.port, tls=senders.context(
        ssl.TLSVersion.TLSv1))
    made.hear()
    made.say("EHLO client.test")
    with pytest.raises((ssl.SSLError, OSError)):
        made.starttls()
    between.line(r"sender 127\.0\.0\.1:\d+ offers TLS 1\.0 at most, this "
                 r"listener's min-protocol is tls1\.2; a rule for this client "
                 r"with min-protocol = tls1\.0 would admit it")
    assert between.session()["reason"] == "sender-tls-failed"


def test_root_is_given_up(proxy, receiver):
    if os.geteuid() != 0:
        pytest.skip("there is no root to give up")
    between = proxy(receiver=receiver(tls="demand").port, user="nobody")
    status = open(f"/proc/{between.process.pid}/status").read()
    nobody = pwd.getpwnam("nobody")
    assert re.search(r"Uid:" + rf"\t{nobody.pw_uid}" * 4, status)
    assert re.search(r"Gid:" + rf"\t{nobody.pw_gid}" * 4, status)
    # At most the right to bind low ports is left.
    kept = int(re.search(r"CapEff:\t([0-9a-f]+)", status).group(1), 16)
    assert kept in (0, 1 << 10)
    assert re.search(r"NoNewPrivs:\t1", status)
    deliver(between)


def test_a_port_below_1024_is_moved_to_without_root(proxy, receiver, root):
    if os.geteuid() != 0:
        pytest.skip("there is no root to give up")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 587)) == 0:
            pytest.skip("port 587 is in use")
    os.chmod(root, 0o755)
    text = ('user = "nobody"\nlistener = { inside = {\n'
            'address = [ "127.0.0.1:PORT" ]\n'
            'forward-to = [ "127.0.0.1:%d" ] } }\n'
            % receiver(tls="demand").port)
    between = proxy(config=text)
    between.config.parent.chmod(0o755)
    between.config.chmod(0o644)
    def move(port):
        between.config.write_text(text.replace("PORT", port))
        between.heard.clear()
        between.signal(1)
        between.until("RELOADING=1").until("READY=1")

    # The right to bind such ports is kept where one is bound at the start.
    move("587")
    between.line("cannot bind 127.0.0.1:587: .*CAP_NET_BIND_SERVICE")
    deliver(between)
    between.stop()
    between = proxy(config=text.replace("PORT", "587"))
    between.port = 587
    deliver(between)
    between.config.parent.chmod(0o755)
    between.config.chmod(0o644)
    move("588")
    between.port = 588
    deliver(between)


@pytest.mark.parametrize("secure", [False, True])
def test_a_password_out_of_step_shows_nowhere(proxy, receiver, secure):
    between = proxy("-x", receiver=receiver(tls="demand").port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO client.test")
    if secure:
        assert made.starttls()[0] == 220
        made.say("EHLO client.test")
    # The receiver offers no AUTH; the device goes on as if it did.
    made.send(b"AUTH LOGIN\r\ndXNlcg==\r\nb3BlbiBzZXNhbWU=\r\n"
              b" auth plain AHVzZXIAb3BlbiBzZXNhbWU=\r\nQUIT\r\n")
    while made.hear()[0] not in (0, 221):
        pass
    between.session()
    for secret in ("b3BlbiBz", "AHVzZXIA", "dXNlcg", "62 33 42 6c",
                   "sesame"):
        assert secret not in between.log()
