# SPDX-License-Identifier: ISC
"""A secret, the pieces of text that give it away, a receiver that asks for it
by every mechanism, and a sender that says it in every place."""

import base64
import pathlib
import re

import legacy
import receiver as receivers
import sender as senders

SECRET = b"open sesame, 1999!"
MECHANISMS = re.findall(r'^MECHANISM\(\w+, "([^"]+)"', pathlib.Path(
    legacy.SOURCE, "proxy", "smtp", "mechanism.def").read_text(), re.M)


def forms():
    """Pieces of text that give the secret away."""
    yield SECRET.decode()
    yield SECRET.decode().replace(" ", "")
    for shift in range(3):
        text = base64.b64encode(b"x" * shift + SECRET + b"x" * 3).decode()
        # Without the ends, which hang on what is beside it.
        yield text[4:-8]


def secrets():
    """As it is, and encoded with its bytes at each alignment."""
    yield SECRET.decode()
    for shift in range(3):
        yield base64.b64encode(b"x" * shift + SECRET + b"x" * 3).decode()


class Asking(receivers.Dialogue):
    """Knows every mechanism; asks as often as it is told to, then judges."""
    challenges = 1
    verdict = "235 2.7.0 welcome"

    def do_ehlo(self, text):
        words = ["mx.test", "PIPELINING", "AUTH " + " ".join(MECHANISMS)]
        if self.receiver.tls != "none" and not self.secure:
            words.append("STARTTLS")
        self.say(*["250 " + word for word in words])

    def do_auth(self, text):
        given = len(text.split()) > 2
        for _ in range(self.challenges - given):
            self.say("334 PDE5OTlAbXgudGVzdD4=")
            if self.file.readline().strip() == b"*":
                self.say("501 5.7.0 cancelled")
                return
        self.say(self.verdict)

    unknown = "500 5.5.1 Command unrecognized:"

    def act(self, verb, text):
        # As sendmail does: what it did not know is said back.
        if getattr(self, "do_" + verb.lower(), None) is None:
            self.say(f'{self.unknown} "{text}"')
            return True
        return super().act(verb, text)


def asking(challenges, verdict="235 2.7.0 welcome", **attributes):
    return type("AskingSo", (Asking,), {
        "challenges": challenges, "verdict": verdict, **attributes})


def says(port, near, lines):
    """One connection that says lines, and hears what comes of them."""
    made = senders.Sender(port)
    made.hear()
    made.say("EHLO client.test")
    if near:
        made.say("AUTH LOGIN")
        made.say("cm9vdA==")
    try:
        for line in lines:
            made.say(line)
    except (OSError, ValueError):
        pass  # there are verbs that end the session
    made.close()
