# SPDX-License-Identifier: ISC
"""A sender that says what it is told to, byte for byte, and hears whole
replies. smtplib is used where its habits do."""

import socket
import ssl


def context(minimum=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if minimum is not None:
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.minimum_version = made.maximum_version = minimum
    return made


class Sender:
    def __init__(self, port, implicit=False, tls=None, host="127.0.0.1",
                 source=None):
        self.tls = tls or context()
        self.socket = socket.create_connection(
            (host, port), 15, source and (source, 0))
        self.socket.settimeout(15)
        self.implicit = implicit
        if implicit:
            self.secure()
        else:
            self.file = self.socket.makefile("rb")

    def secure(self):
        self.socket = self.tls.wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def hear(self):
        """(code, text of all lines); code 0 when the connection ended."""
        lines = []
        while True:
            line = self.file.readline().decode("utf-8", "replace")
            if not line:
                return 0, "\n".join(lines)
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                return int(line[:3]), "\n".join(lines)

    def say(self, line):
        self.send(line.encode() + b"\r\n")
        return self.hear()

    def starttls(self):
        reply = self.say("STARTTLS")
        if reply[0] == 220:
            self.secure()
        return reply

    def envelope(self, *recipients, mail="MAIL FROM:<a@test>"):
        codes = [self.say(mail)[0]]
        for recipient in recipients or ("b@test",):
            codes.append(self.say(f"RCPT TO:<{recipient}>")[0])
        return codes

    def data(self, message):
        reply = self.say("DATA")
        if reply[0] != 354:
            return reply
        self.send(stuffed(message) + b".\r\n")
        return self.hear()

    def begin(self, secure=False, helo="client.test"):
        """Hears the banner and says EHLO, and STARTTLS if it is to."""
        assert self.hear()[0] == 220
        code, self.keywords = self.say(f"EHLO {helo}")
        assert code == 250, self.keywords
        if secure:
            assert self.starttls()[0] == 220
            code, self.keywords = self.say(f"EHLO {helo}")
            assert code == 250, self.keywords
        return self

    def close(self):
        self.file.close()
        self.socket.close()


def stuffed(message):
    """RFC 5321 section 4.5.2; message has CRLF and ends with one."""
    return b"".join(b"." + line if line.startswith(b".") else line
                    for line in message.splitlines(keepends=True))
