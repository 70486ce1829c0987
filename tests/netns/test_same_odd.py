# SPDX-License-Identifier: ISC
"""As test_same.py, where a dialogue is less ordinary: every verb, errors on
either side, odd replies, banners of many lines, and how it all ends."""

import pytest

import messages
from sender import stuffed
from test_same import BODY, play, without_offer

CHUNK = messages.SMALL["dots"]
REPLIES = {
    "NOOP": "250-2.0.0 one\r\n250-2.0.0 \r\n250-\r\n250 2.0.0 four",
    "HELP": "214-commands:\r\n214-  HELO  EHLO\tMAIL \r\n214 end.",
    "VRFY": "252 2.5.0 perhaps\tso",
    "EXPN": "550",
    "ETRN": "458 4.3.0 unable to queue",
    "TURN": "502 5.5.1 no",
    "SEND": "502 5.5.1 no", "SOML": "502 5.5.1 no", "SAML": "502 5.5.1 no",
    "XYZZY": "599 5.9.9 odd  blanks ",
}
OPEN = [b"EHLO old.test", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>"]

# Receivers, and what is said to them. One whose name begins with "bytes" is
# sent and heard as it is, and not by lines.
CASES = {
    "every other verb": ({}, [
        b"EHLO old.test", b"NOOP", b"NOOP with words", b"HELP", b"HELP MAIL",
        b"VRFY b", b"VRFY", b"EXPN list", b"ETRN old.test", b"TURN",
        b"SEND FROM:<a@test>", b"SOML FROM:<a@test>", b"SAML FROM:<a@test>",
        b"XYZZY", b"XYZZY a b", b"RSET", b"QUIT"]),
    "verbs before a hello": ({}, [
        b"NOOP", b"HELP", b"VRFY b", b"RSET", b"EHLO old.test", b"QUIT"]),
    "a banner of many lines": (
        {"banner": "220-mx.test ESMTP\r\n220-\r\n220-no spam \r\n220 ready"},
        [*OPEN, b"DATA", BODY, b"QUIT"]),
    "a banner without a name": ({"banner": "220"}, [*OPEN, b"QUIT"]),
    "a banner that refuses": (
        {"banner": "554-mx.test\r\n554 5.7.1 no service"}, [b"QUIT"]),
    "MAIL is refused": ({"MAIL": "450-4.7.1 grey\r\n450 4.7.1 listed"}, [
        b"EHLO old.test", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>",
        b"MAIL FROM:<b@test>", b"RSET", b"QUIT"]),
    "every recipient is refused": ({"RCPT": "550-5.1.1 no\r\n550 5.1.1 such user"}, [
        *OPEN, b"RCPT TO:<c@test>", b"DATA", b"RSET", b"QUIT"]),
    "a recipient is 251": ({"RCPT": "251 2.1.5 will forward"}, [
        *OPEN, b"RSET", b"QUIT"]),
    "DATA is refused": ({"DATA": "451 4.3.0 later"}, [
        *OPEN, b"DATA", b"RSET", *OPEN, b"QUIT"]),
    "content is refused": ({".": "554-5.6.0 bad\r\n554 5.6.0 very"}, [
        *OPEN, b"DATA", BODY, b"MAIL FROM:<a@test>", b"QUIT"]),
    "421 to a command": ({"RCPT": "421 4.3.2 going down", "close": "RCPT"},
                         OPEN),
    "421 to content": ({".": "421 4.3.2 going down", "close": "."},
                       [*OPEN, b"DATA", BODY]),
    "RSET in a message": ({}, [
        *OPEN, b"RSET", b"RCPT TO:<b@test>", b"MAIL FROM:<a@test>",
        b"RCPT TO:<b@test>", b"DATA", BODY, b"QUIT"]),
    "a hello in a message": ({}, [
        *OPEN, b"EHLO again.test", b"RCPT TO:<b@test>", b"QUIT"]),
    "chunks": ({}, [
        *OPEN, b"BDAT 4\r\na: b", b"BDAT %d LAST\r\n" % len(CHUNK) + CHUNK,
        b"QUIT"]),
    "chunks, pipelined": ({}, [
        b"EHLO old.test",
        b"MAIL FROM:<a@test>\r\nRCPT TO:<b@test>\r\nBDAT 3\r\na:bBDAT 6 "
        b"LAST\r\n\r\n\r\nx\r\n" + b"QUIT"]),
    "parameters": ({}, [
        b"EHLO old.test",
        b"MAIL FROM:<a@test> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=x+2B",
        b"RCPT TO:<b@test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b@test",
        b"RCPT TO:<\"a b\"@test>", b"RCPT TO:<@x,@y:b@test>",
        b"MAIL FROM:<>", b"QUIT"]),
    "blanks": ({}, [
        b"EHLO old.test  ", b"MAIL FROM: <a@test>", b"RCPT  TO:<b@test>",
        b"RCPT TO: <b@test> ", b"NOOP  ", b"QUIT"]),
    "words that are no ASCII": ({"RCPT": "550 5.1.1 \xc3\xa9", "more": (
        "SMTPUTF8",)}, [*OPEN, b"QUIT"]),
    "it leaves in a message": ({}, [*OPEN]),
    "lines of LF": ({}, [b"EHLO old.test\nNOOP\nQUIT"]),
}


def respond(habits):
    """A dialogue that answers by habits where they say how."""
    from receiver import Dialogue

    class Odd(Dialogue):
        def act(self, verb, text):
            if verb in habits:
                self.say(habits[verb])
                return habits.get("close") != verb
            return super().act(verb, text)

        def accept(self, content):
            if "." not in habits:
                super().accept(content)
                return
            self.envelope = None
            self.say(habits["."])
            if habits.get("close") == ".":
                raise EOFError

        def say(self, *lines):
            """Texts with line ends of their own go out as they are."""
            whole = [line for line in lines if "\r\n" in line or line[3:] == ""
                     or not line.isascii()]
            if not whole:
                super().say(*lines)
                return
            for line in whole:
                self.socket.sendall(line.encode("latin-1") + b"\r\n")
    return Odd


def answered(network, case):
    habits, lines = CASES[case]
    habits = dict(habits)
    receiver = network.receivers(
        tls="none", dialogue=respond(habits), replies=REPLIES,
        banner=habits.get("banner"),
        keywords=("PIPELINING", "8BITMIME", "SIZE 1000000", "CHUNKING",
                  "ENHANCEDSTATUSCODES", "DSN", "VRFY", "HELP", "ETRN",
                  *habits.get("more", ())))
    _, heard = play(network, network.RECEIVER[4], lines)
    network.ending.remove(receiver.stop)
    receiver.stop()
    return heard, receiver.messages, receiver.envelopes


# Where the receiver cannot be asked, or must not be, sallyport answers in its own
# words: before a hello the receiver's TLS is not up; after a banner that refuses
# it is gone; TURN, SEND and its kin, and what is no command, are not handed on. (And of words that are no ASCII without SMTPUTF8, and of control
# characters, a question mark is left: test_reply.)
OWN_WORDS = {
    "every other verb": {line: b"502" for line in (
        b"TURN", b"SEND FROM:<a@test>", b"SOML FROM:<a@test>",
        b"SAML FROM:<a@test>")},
    "verbs before a hello": {b"NOOP": b"250", b"HELP": b"503",
                             b"VRFY b": b"503", b"RSET": b"250"},
    "a banner that refuses": {b"QUIT": b"221"},
    "chunks": {b"BDAT 4\r\na: b": b"250 500"},
    "chunks, pipelined": {
        CASES["chunks, pipelined"][1][1]: b"250 250 250 250 500 221"},
}


def codes(text):
    return [line[:3] for line in text.splitlines() if line[3:4] != b"-"]


@pytest.mark.parametrize("case", CASES)
def test_a_sender_cannot_tell_odd_ones(network, case):
    before, *told = answered(network, case)
    network.redirect()
    network.sallyport()
    after, *told_too = answered(network, case)
    assert len(after) == len(before)
    said = [b"the banner", *CASES[case][1], b"the end"]
    for line, one, other in zip(said, before, after):
        if line in OWN_WORDS.get(case, {}):
            assert codes(other) == OWN_WORDS[case][line].split(), line
        else:
            assert without_offer(other) == one, line
    assert told_too == told
