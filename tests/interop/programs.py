# SPDX-License-Identifier: ISC
"""Programs that send one message and end: each is a function of the port of
sallyport that gives the command line. What speaks SMTP there is theirs."""

import shutil
import subprocess

import pytest

import mailer
import sender as senders


def swaks(port, spoken, password):
    tls = {"plain": [], "starttls": ["--tls"], "implicit": ["--tlsc"]}
    auth = ["--auth", "PLAIN,LOGIN", "--auth-user", mailer.USER,
            "--auth-password", mailer.PASSWORD] if password else []
    return ["swaks", "--server", f"127.0.0.1:{port}", "--helo", "client.test",
            "--from", "a@test", "--to", "b@test", "--data", "@-",
            "--no-data-fixup",
            *tls[spoken], *auth]


def swaks_pipelining(port, spoken, password):
    return swaks(port, spoken, password) + ["--pipeline"]


def curl(port, spoken, password):
    scheme = "smtps" if spoken == "implicit" else "smtp"
    tls = ["--ssl-reqd"] if spoken == "starttls" else []
    auth = ["--user", f"{mailer.USER}:{mailer.PASSWORD}"] if password else []
    return ["curl", "-sS", "--insecure", f"{scheme}://127.0.0.1:{port}/"
            "client.test", "--mail-from", "a@test", "--mail-rcpt", "b@test",
            "--upload-file", "-", *tls, *auth]


PROGRAMS = {"swaks": swaks, "swaks-pipelining": swaks_pipelining,
            "curl": curl}


def send(kind, port, message, spoken="starttls", password=False):
    command = PROGRAMS[kind](port, spoken, password)
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    if command[0] == "swaks":
        # It would change the ends of lines.
        message = senders.stuffed(message) + b"."
    done = subprocess.run(command, input=message, capture_output=True,
                          timeout=60)
    if b"TLS not available" in done.stderr:
        pytest.skip(done.stderr.decode().strip())
    assert done.returncode == 0, done.stdout + done.stderr
