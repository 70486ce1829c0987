# SPDX-License-Identifier: ISC
"""A peer whose handshake fails is told why by an alert, which no reset takes
away: its own log is where its administrator looks first."""

import socket
import ssl
import threading

import pytest

import sender as senders
from explaining import hello

TOO_OLD = bytes([2, 70])  # fatal, protocol_version


def test_sender_is_told(proxy, receiver):
    made = senders.Sender(proxy(receiver=receiver().port,
                                sender__min_protocol="tls1.3").port)
    made.hear()
    made.say("EHLO client.test")
    assert made.say("STARTTLS")[0] == 220
    made.socket.sendall(hello(ssl.TLSVersion.TLSv1_2))
    heard = b""
    while piece := made.socket.recv(100):
        heard += piece
    assert heard[0] == 21 and heard[3:] == bytes([0, 2]) + TOO_OLD, heard


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_receiver_is_told(proxy, certificates, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "mx.pem", certificates / "mx.key")
    context.maximum_version = ssl.TLSVersion[version]
    listener = socket.create_server(("127.0.0.1", 0))
    failures = []

    def shake():
        sock, _ = listener.accept()
        try:
            context.wrap_socket(sock, server_side=True)
        except OSError as failure:
            failures.append(failure)
    thread = threading.Thread(target=shake)
    thread.start()
    made = senders.Sender(proxy(
        receiver=listener.getsockname()[1], receiver__tls="verify",
        receiver__implicit_tls="true").port)
    assert made.hear()[1].startswith("421 4.7.5 ")
    thread.join(10)
    assert failures and failures[0].reason == "TLSV1_ALERT_UNKNOWN_CA", failures
