# SPDX-License-Identifier: ISC
"""The commands of sallyport.conf(5) for a certificate that old devices take,
as they are typed."""

import os
import socket
import subprocess

import legacy

MANUAL = os.path.join(legacy.SOURCE, "policy", "sallyport.conf.5")


def commands():
    with open(MANUAL, encoding="utf-8") as file:
        section = file.read().split(".Sh OLD DEVICES", 1)[1]
    text = section.split(".Bd -literal", 1)[1].split(".Ed", 1)[0]
    return text.split("\n", 1)[1].replace("\\e\n", "\\\n")


def check(binary, directory, **settings):
    words = [f"sender.{name.replace('_', '-')}={directory / path}"
             for name, path in settings.items()]
    return subprocess.run(
        [binary, "check", "-l", "127.0.0.1:2525", "-f", "127.0.0.1:25",
         "--set", "sender.min-protocol=ssl3", "--set", "sender.min-bits=40",
         *[word for pair in words for word in ("--set", pair)]],
        capture_output=True, text=True, check=False)


def server_flight(port):
    """What an SSL 3.0 client that offers one export suite is told."""
    hello = b"\3\0" + bytes(32) + b"\0" + b"\0\2\0\3" + b"\1\0"
    message = b"\1" + len(hello).to_bytes(3, "big") + hello
    with socket.create_connection(("127.0.0.1", port), 10) as connected:
        connected.settimeout(10)
        connected.sendall(b"\x16\3\0" + len(message).to_bytes(2, "big") +
                          message)
        told = b""
        while not told.endswith(b"\x0e\0\0\0"):  # ServerHelloDone
            told += connected.recv(4096)
            assert told[0] == 22, told
    return told


def test_manual_makes_a_certificate(binary, proxy, tmp_path):
    subprocess.run(["sh", "-e", "-c", commands()], cwd=tmp_path, check=True,
                   capture_output=True)
    checked = check(binary, tmp_path, legacy_certificate="legacy.pem",
                    legacy_key="legacy.key")
    assert checked.returncode == 0, checked.stdout
    assert "warning" not in checked.stdout
    between = proxy(receiver=1, sender__implicit_tls="true",
                    sender__min_protocol="ssl3", sender__min_bits=40,
                    sender__legacy_certificate=tmp_path / "legacy.pem",
                    sender__legacy_key=tmp_path / "legacy.key")
    shown = server_flight(between.port)
    assert b"\x13\x10mail.example.com" in shown  # PrintableString
    assert b"\x13\x19Authority for old devices" in shown


def test_its_key_must_serve_nothing_else(binary, tmp_path):
    """Nor under another name, in another form."""
    subprocess.run(["sh", "-e", "-c", commands()], cwd=tmp_path, check=True,
                   capture_output=True)
    subprocess.run(["openssl", "rsa", "-traditional", "-in", "legacy.key",
                    "-out", "other.key"], cwd=tmp_path, check=True,
                   capture_output=True)
    subprocess.run(["openssl", "req", "-x509", "-key", "other.key", "-subj",
                    "/CN=mail.example.com", "-out", "other.pem"],
                   cwd=tmp_path, check=True, capture_output=True)
    checked = check(binary, tmp_path, legacy_certificate="legacy.pem",
                    legacy_key="legacy.key", certificate="other.pem",
                    key="other.key")
    assert checked.returncode == 1
    assert "DROWN" in checked.stdout
