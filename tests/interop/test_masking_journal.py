# SPDX-License-Identifier: ISC
"""Passwords and content are in no field of the journal, whose own protocol is
played here."""

import threading
import time

import pytest

import sender as senders
from masking import SECRET, Asking, forms, says, secrets
from proxy import log_socket


class Repeating(Asking):
    """Says back what it was told, whatever that was."""

    def do_mail(self, text):
        if text.endswith(":<a@test>"):
            super().do_mail(text)
        else:
            self.say(f"501 5.5.4 what? {text}")

    def do_rcpt(self, text):
        self.say(f"550 5.1.1 no such user: {text}")

    def do_rset(self, text):
        self.say(f"250 2.0.0 reset: {text}")


def fields(datagram):
    """A record of the journal: lines KEY=VALUE, or KEY alone and, with its
    size before it, a value that may hold newlines."""
    found, rest = {}, datagram
    while rest:
        line, _, rest = rest.partition(b"\n")
        name, is_text, value = line.partition(b"=")
        if not is_text:
            size = int.from_bytes(rest[:8], "little")
            value, rest = rest[8:8 + size], rest[8 + size + 1:]
        found[name.decode()] = value
    return found


class Journal:
    """Reads at once, since few records wait; sallyport would, for the rest."""

    def __init__(self, path):
        self.socket, self.prefix = log_socket("journal", path)
        self.records = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        self.socket.settimeout(None)
        while True:
            self.records.append(fields(self.socket.recv(1 << 18)))

    def until_the_end(self, sessions):
        end = time.monotonic() + 20
        while sum("REASON" in one for one in self.records) < sessions:
            assert time.monotonic() < end, self.records
            time.sleep(0.02)
        return self.records


@pytest.mark.parametrize("lines", [
    ["AUTH PLAIN {}", "{}", "AUTH LOGIN", "cm9vdA==", "{}", "NOOP {}"],
    ["EHLO x\rAUTH PLAIN {}", "EHLO x\0{}", "HELO x\r{}"],
    ["MAIL FROM:<a@test>", "RCPT TO:<b@test> AUTH={}", "RCPT TO:{}"],
    ["MAIL FROM:<a@test>\rAUTH PLAIN {}", "MAIL FROM:{} x", "RSET {}"],
    ["{}", "PASS {}", "VRFY {}", "X-EXPS {}", "XCLIENT LOGIN={}",
     "XFORWARD NAME={}"]])
def test_no_field_of_the_journal_holds_one(proxy, receiver, root, lines):
    """Nor its MESSAGE: of sessions, of messages, and of whatever is told at
    the level debug."""
    journal = Journal(root / "socket")
    between = proxy(
        log__destination="journal", log__level="debug", prefix=journal.prefix,
        sender__auth_without_tls="true", receiver=receiver(
            tls="offer", dialogue=type("So", (Repeating,), {
                "verdict": "535 5.7.8 no"})).port)
    for text in secrets():
        says(between.port, False, [line.format(text) for line in lines])
    records = journal.until_the_end(4)
    for record in records:
        for name, value in record.items():
            assert [form for form in forms() if form.encode() in value] == \
                [], (name, value)
    # It was all told, in fields of its own.
    assert {"SESSION", "HELO", "REASON", "PRIORITY", "MESSAGE"} <= {
        name for record in records for name in record}


def test_no_field_of_the_journal_holds_content(proxy, receiver, root):
    journal = Journal(root / "socket")
    between = proxy(log__destination="journal", log__level="debug",
                    prefix=journal.prefix, receiver=receiver(tls="offer").port)
    made = senders.Sender(between.port)
    made.hear()
    made.say("EHLO client.test")
    assert made.envelope("b@test") == [250, 250]
    content = b"x: " + SECRET + b"\r\n\r\n" + SECRET + b"\r\n"
    assert made.data(content)[0] == 250
    made.close()
    records = journal.until_the_end(1)
    accepted = [one for one in records if one.get("OUTCOME") == b"accepted"]
    assert b"queued as" in accepted[0]["REPLY"]
    assert not any(SECRET in value for one in records
                   for value in one.values())
