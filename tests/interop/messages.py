# SPDX-License-Identifier: ISC
"""Messages with what is easily damaged on the way, as they are to arrive."""

import base64
import random

HEAD = (b"From: <a@test>\r\nTo: <b@test>\r\nSubject: %s\r\n"
        b"Date: Wed, 08 May 2002 09:00:00 +0000\r\n"
        b"Message-ID: <%s@test>\r\nMIME-Version: 1.0\r\n")


def head(name):
    return HEAD % (name.encode(), name.encode())


def multipart():
    picture = base64.encodebytes(random.Random(5).randbytes(40000))
    return (head("multipart") +
            b'Content-Type: multipart/mixed; boundary="=_a_."\r\n\r\n'
            b"preamble\r\n--=_a_.\r\nContent-Type: text/plain\r\n\r\n"
            b"text with trailing blanks  \t \r\n\r\n\r\n--=_a_.\r\n"
            b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64"
            b"\r\n\r\n" + picture.replace(b"\n", b"\r\n") +
            b"--=_a_.--\r\nepilogue\r\n")


def dots():
    return (head("dots") + b"\r\n.\r\n..\r\n...\r\n.a\r\n. \r\n.\t\r\n"
            b"\r\n.\r\n" + b".\r\n" * 500 + b"a.\r\n.\r\n")


def long_lines():
    return head("long") + b"\r\n" + b"".join(
        (b"%d " % n * n)[:n - 2] + b"\r\n"
        for n in (998, 999, 1000, 510, 512, 4, 1000)) + b"." + \
        b"x" * 997 + b"\r\n"


def eight_bit():
    return (head("eight") + b"Content-Type: text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: 8bit\r\n\r\n" +
            "Grüße, Ωμέγα, 日本語, 🙂\r\n".encode() * 20 +
            bytes(b for b in range(128, 256)) + b"\r\n")


def looks_like_smtp():
    return (head("smtp") + b"\r\nQUIT\r\nMAIL FROM:<c@test>\r\nRSET\r\n"
            b"STARTTLS\r\nBDAT 5 LAST\r\n250 ok\r\n\r\n\r\n")


def big():
    lines = random.Random(7)
    return head("big") + b"\r\n" + b"".join(
        base64.b64encode(lines.randbytes(57)) + b"\r\n"
        for _ in range(10 * 1024 * 1024 // 78))


SMALL = {made.__name__: made() for made in
         (multipart, dots, long_lines, eight_bit, looks_like_smtp)}


def as_delivered(stored):
    """What Postfix stored, with the lines it puts before taken off, and
    CRLF, to be compared with what was sent."""
    text = stored.replace(b"\n", b"\r\n")
    start = text.find(b"From: <a@test>\r\n")
    return text[start:] if start >= 0 else text
