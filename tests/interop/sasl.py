# SPDX-License-Identifier: ISC
"""Who asks whether a password is right: enough of Dovecot's authentication
protocol (version 1) for Postfix as its client, with one user."""

import base64
import socket

import mailer
import serving

GREETING = ("VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\n"
            "SPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n")


class Server(serving.Serving):
    def __init__(self, path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
        self.begin(listener)

    def serve(self, connected):
        connected.sendall(GREETING.encode())
        given = {}  # of LOGIN: what was answered so far
        with connected, connected.makefile() as lines:
            for line in lines:
                words = line.rstrip("\n").split("\t")
                if words[0] == "AUTH":
                    given[words[1]] = [words[2]]
                    response = [w[5:] for w in words if w.startswith("resp=")]
                elif words[0] == "CONT":
                    response = words[2:]
                else:
                    continue
                answer = self.step(given[words[1]], response)
                connected.sendall(answer.replace("ID", words[1]).encode())

    def step(self, given, response):
        given += [base64.b64decode(word).decode() for word in response]
        if given[0] == "PLAIN" and len(given) > 1:
            right = given[1].split("\0")[1:] == [mailer.USER, mailer.PASSWORD]
        elif given[0] == "LOGIN" and len(given) > 2:
            right = given[1:] == [mailer.USER, mailer.PASSWORD]
        else:
            prompt = "" if given[0] == "PLAIN" else \
                ("Username:", "Password:")[len(given) - 1]
            return f"CONT\tID\t{base64.b64encode(prompt.encode()).decode()}\n"
        return f"OK\tID\tuser={mailer.USER}\n" if right else \
            f"FAIL\tID\tuser={mailer.USER}\n"
