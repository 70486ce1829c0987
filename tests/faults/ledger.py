# SPDX-License-Identifier: ISC
"""What each side was told about one message, and what must never be among
it: a message lost, doubled, cut short, or acknowledged before its time."""

import dataclasses


@dataclasses.dataclass
class Attempt:
    """The sender's word. told: code of the last reply, 0 for a close."""

    content: bytes
    sent_whole: bool = False  # the end of data too
    told: int = 0
    text: str = ""
    asked: str = "banner"     # what the last reply was the reply to
    babbled: bool = False     # it said what is no command

    @property
    def acknowledged(self):
        return self.sent_whole and self.asked == "." and \
            200 <= self.told < 300


@dataclasses.dataclass
class Connection:
    """The receiver's word, one of each connection."""

    # What came after 354, dots taken away.
    content: bytearray = dataclasses.field(default_factory=bytearray)
    got_content: bool = False
    got_end: bool = False
    replies: dict = dataclasses.field(default_factory=dict)  # step -> code

    @property
    def accepted(self):
        return self.got_end and 200 <= self.replies.get("end", 0) < 300

    @property
    def accepted_early(self):
        """It lied: nobody can tell, if by then all was on its way."""
        return 200 <= self.replies.get("content", 0) < 300


class Ledger:
    def __init__(self, attempt, connections):
        self.attempt, self.connections = attempt, connections

    def violations(self):
        return [what for wrong, what in self.rows() if wrong]

    def rows(self):
        attempt = self.attempt
        accepted = [c for c in self.connections if c.accepted]
        whole = [c for c in self.connections if c.got_end]
        early = any(c.accepted_early for c in self.connections)
        yield (attempt.acknowledged and not accepted and not early,
               "the sender was told 2yz, but no receiver said so")
        yield (len([c for c in self.connections if c.got_content]) > 1,
               "the content went to more than one connection")
        yield (len(accepted) > 1, "the message was accepted twice")
        yield (any(c.content != attempt.content for c in whole),
               "the receiver took something else for the message")
        yield (bool(whole) and not attempt.sent_whole,
               "the receiver was given an end that the sender did not send")
        ours = "(sallyport)" in attempt.text
        yield (ours and attempt.told >= 500 and not attempt.babbled,
               f"a failure of our own is permanent: {attempt.text}")
        said = {code for c in self.connections for code in c.replies.values()}
        yield (attempt.told >= 400 and not ours and attempt.told not in said,
               f"nobody said {attempt.told}")
