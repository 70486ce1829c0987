# SPDX-License-Identifier: ISC
"""A sender cannot tell sallyport from the receiver, but for what policy
changes: the same bytes are said with and without it, and what comes back,
from the banner to the end of the connection, is compared byte for byte."""

import re
import socket

import pytest

import messages
from sender import stuffed

# What policy changes: sallyport offers STARTTLS of its own.
OFFERED = re.compile(rb"250([- ])STARTTLS\r\n")

BODY = stuffed(messages.SMALL["dots"]) + b".\r\n"

# Each line waits for its reply; a list of bytes goes out at once.
DIALOGUES = {
    "a message": [
        b"EHLO old.test", b"MAIL FROM:<a@test> SIZE=1000 BODY=8BITMIME",
        b"RCPT TO:<b@test>", b"DATA", BODY, b"QUIT"],
    "helo": [b"HELO old.test", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>",
             b"DATA", BODY, b"QUIT"],
    "two messages": [
        b"EHLO old.test", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>", b"DATA",
        BODY, b"MAIL FROM:<>", b"RCPT TO:<b@test>", b"DATA", BODY, b"QUIT"],
    "pipelined": [
        b"EHLO old.test",
        b"MAIL FROM:<a@test>\r\nRCPT TO:<b@test>\r\nRCPT TO:<refused@test>"
        b"\r\nRCPT TO:<c@test>\r\nDATA", BODY, b"RSET\r\nNOOP\r\nQUIT"],
    "refused": [
        b"EHLO old.test", b"MAIL FROM:<a@test>", b"RCPT TO:<refused@test>",
        b"DATA", b"RSET", b"VRFY b", b"HELP", b"NOOP", b"EXPN list",
        b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>", b"RSET", b"QUIT"],
    "out of order": [
        b"EHLO old.test", b"RCPT TO:<b@test>", b"DATA", b"MAIL FROM:<a@test>",
        b"EHLO old.test", b"MAIL FROM:<a@test>", b"QUIT"],
    "lower case": [b"ehlo old.test", b"mail from:<a@test>",
                   b"rcpt to:<b@test>", b"data", BODY, b"quit"],
    "left without a word": [b"EHLO old.test", b"MAIL FROM:<a@test>"],
}


def replies(file, count):
    heard = b""
    while count:
        line = file.readline()
        heard += line
        if not line:
            break
        count -= line[3:4] != b"-"
    return heard


def play(network, to, lines):
    """All that is heard, and how the connection ends."""
    sender = network.connect(to)
    peer = sender.socket.getpeername()
    heard = [replies(sender.file, 1)]
    for line in lines:
        content = line.endswith(b".\r\n")
        sender.send(line if content else line + b"\r\n")
        heard.append(replies(
            sender.file, 1 if content else 1 + line.count(b"\r\n")))
    if not lines[-1].upper().endswith(b"QUIT"):
        sender.socket.shutdown(socket.SHUT_WR)
    heard.append(sender.file.read())
    sender.close()
    return peer, heard


def without_offer(text):
    """A reply to EHLO as it would be without our own STARTTLS."""
    lines = [line for line in text.splitlines(keepends=True)
             if not OFFERED.fullmatch(line)]
    if lines and lines[-1][3:4] == b"-":
        lines[-1] = lines[-1][:3] + b" " + lines[-1][4:]
    return b"".join(lines)


def with_a_new_receiver(network, lines):
    receiver = network.receivers(
        tls="none", keywords=("PIPELINING", "8BITMIME", "SIZE 1000000",
                              "ENHANCEDSTATUSCODES", "DSN"))
    peer, heard = play(network, network.RECEIVER[4], lines)
    network.ending.remove(receiver.stop)
    receiver.stop()
    seen, = receiver.connections
    # Towards the receiver sallyport greets, and takes its leave, for itself.
    commands = [line for line, _ in seen.lines
                if line[:4].upper() not in ("EHLO", "HELO", "QUIT")]
    return (peer, heard), (commands, receiver.messages, receiver.envelopes)


@pytest.mark.parametrize("name", DIALOGUES)
@pytest.mark.parametrize("method", ("redirect", "tproxy"))
def test_a_sender_cannot_tell(network, method, name):
    (peer, heard), told = with_a_new_receiver(network, DIALOGUES[name])
    getattr(network, method)()
    proxy = network.sallyport(receiver__identity="spoof"
                              if method == "tproxy" else "none")
    (peer_too, heard_too), told_too = with_a_new_receiver(
        network, DIALOGUES[name])
    assert proxy.session()["receiver"] == f"{network.RECEIVER[4]}:25"
    assert peer_too == peer
    # Nothing but one line of the replies to EHLO is left out of this.
    assert [without_offer(text) for text in heard_too] == heard
    assert told_too == told


# Without our own offer there is not even that line.
def test_with_tls_none_nothing_at_all_differs(network):
    before, told = with_a_new_receiver(network, DIALOGUES["a message"])
    network.tproxy()
    network.sallyport(sender__tls="none", receiver__identity="spoof")
    assert with_a_new_receiver(network, DIALOGUES["a message"]) == \
        (before, told)
