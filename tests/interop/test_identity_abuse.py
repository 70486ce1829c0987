# SPDX-License-Identifier: ISC
"""What is told of a sender, by whoever wants to be taken for another, or wants
to say more than that: control characters, odd addresses, odd headers."""

import re
import socket
import ssl
import struct
import time

import pytest

import proxy as proxies
import sender as senders

KEYWORDS = ("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT",
            "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE")
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
TEXTS = ("NAME", "HELO", "LOGIN")


@pytest.fixture(name="trusting")
def fixture_trusting(proxy, receiver):
    """sallyport that believes this host, before a receiver that believes it."""
    def start(identity="xclient", **settings):
        behind = receiver(tls="none", keywords=KEYWORDS,
                          replies={"XCLIENT": "220 mx.test ESMTP",
                                   "XFORWARD": "250 2.0.0 ok"})
        between = proxy(receiver=behind.port, receiver__tls="none",
                        receiver__identity=identity, limits__errors=0,
                        limits__commands=0, xclient_from="127.0.0.1",
                        clients="0.0.0.0/0,::/0", **settings)
        return behind, between
    return start


def told(behind):
    """The arguments of each XCLIENT that the receiver was told; all that it
    was told must be lines of SMTP that sallyport says."""
    for seen in behind.connections:
        for line, _ in seen.lines:
            assert line.isascii() and line.isprintable(), line
            assert line.split()[0] in (
                "EHLO", "XCLIENT", "XFORWARD", "MAIL", "QUIT"), line
            if line.startswith("XCLIENT "):
                yield dict(part.split("=", 1) for part in line.split()[1:])


def begin(between):
    sender = senders.Sender(between.port)
    sender.hear()
    assert sender.say("EHLO client.test")[0] == 250
    return sender


def say(sender, line):
    sender.send(line + b"\r\n")
    return sender.hear()


def is_control(byte):
    return byte < 0x20 or byte == 0x7f


# Every control character, and of the others those that mean something to
# somebody.
BYTES = (*range(0x21), 0x7f, 0x80, 0x85, 0xa0, 0xc3, 0xff,
         *b"!\"%&'()*,-./:;<>?@[\\]^_`az{|}~+=")


# Each byte, written as it is and as xtext, in each attribute that is a text.
@pytest.mark.parametrize("verb", (b"XCLIENT", b"XFORWARD"))
def test_every_byte_in_a_name(trusting, verb):
    behind, between = trusting()
    sender = begin(between)
    accepted = []
    for name in (b"NAME", b"HELO") + ((b"LOGIN",) * (verb == b"XCLIENT")):
        for byte in BYTES:
            # A line ends there, or a word: other tests.
            raw = b"" if byte in b"\r\n \t+=" else bytes([byte])
            forms = (raw, b"+%02X" % byte, b"+%02x" % byte)
            # One code reads all of them, and each costs a connection.
            for value in filter(None, forms if name == b"NAME" else forms[1:2]):
                code, text = say(sender, verb + b" " + name + b"=a" + value)
                blank = byte == 0x20 and name == b"NAME"
                if is_control(byte) or blank:
                    assert code in (500, 501), (name, value, text)
                    continue
                # A byte that is no ASCII may be refused, never garbled.
                assert code in ((220, 250, 500, 501) if byte > 0x7f
                                else (220, 250)), (name, value, text)
                if code == 220:
                    sender.say("EHLO client.test")
                    accepted.append((name.decode(), byte))
    sender.say("QUIT")
    seen = list(told(behind))
    if verb == b"XCLIENT":
        assert len([one for one in seen if one]) >= len(accepted) > 100
        for (name, byte), one in zip(accepted, seen[1:]):
            plain = 0x20 < byte < 0x7f and byte not in b"+="
            assert one[name] == "a" + (
                chr(byte) if plain else f"+{byte:02X}"), (name, byte)


NOBODY = (
    b"NAME", b"NAME=", b"=x", b"=", b"NAME=x NAME=y", b"NAME=x name=y",
    b"NAME=+", b"NAME=+0", b"NAME=+GG", b"NAME=+ 0", b"NAME=x=y", b"NAME==",
    b"NAME=x+0D+0AMAIL", b"NAME=x+0d+0aRSET", b"NAME=+00", b"NAME=x\0y",
    b"NAME=" + b"x" * 256, b"NAME=" + b"+41" * 256,
    b"NAME=x;ADDR=192.0.2.1", b"", b"  ", b"XYZZY=1", b"ADDR=1.2.3",
    b"ADDR=1.2.3.256", b"ADDR=192.0.2.1/24", b"ADDR=[192.0.2.1]",
    b"ADDR=0x7f.1", b"ADDR=127.1", b"ADDR=::1", b"ADDR=2001:db8::1",
    b"ADDR=IPV6:", b"ADDR=IPV6:x", b"ADDR=IPV6:::1::", b"ADDR=IPV6:1:2:3",
    b"ADDR=IPV6:fe80::1%lo", b"ADDR=IPV6:fe80::1+25lo", b"ADDR=IPV4:192.0.2.1",
    b"ADDR=IPV6:IPV6:::1", b"ADDR=IPV6:[::1]", b"ADDR=IPV6:::1/64",
    b"ADDR=localhost", b"PORT=65536", b"PORT=-1", b"PORT=+1", b"PORT=1a",
    b"PORT=0x10", b"PORT=000001", b"PROTO=LMTP", b"PROTO=SMTP+20",
    b"DESTADDR=any", b"DESTPORT=99999")


def ended(between, count):
    """The fields of the session that ended as the count-th."""
    pattern = r"\breason=[a-z-]+ duration="
    end = time.monotonic() + 10
    while time.monotonic() < end:
        lines = [line for line in between.log().splitlines()
                 if re.search(pattern, line)]
        if len(lines) >= count:
            return proxies.fields(lines[count - 1])
        time.sleep(0.01)
    raise AssertionError(between.log())


def test_what_is_no_client(trusting):
    behind, between = trusting()
    for count, line in enumerate(NOBODY, 1):
        sender = begin(between)
        code, text = say(sender, b"XCLIENT " + line)
        assert code in (500, 501) and " (sallyport): " in text, (line, text)
        assert sender.say("EHLO client.test")[0] == 250, line
        sender.say("QUIT")
        # It is still whom its connection shows.
        assert ended(between, count)["client"].startswith("127.0.0.1:"), line
    assert [one["ADDR"] for one in told(behind)] == ["127.0.0.1"] * count


@pytest.mark.parametrize("written, means", (
    (b"192.0.2.9", "192.0.2.9"), (b"IPV6:2001:db8::9", "IPV6:2001:db8::9"),
    (b"ipv6:2001:DB8:0::9", "IPV6:2001:db8::9"),
    (b"IPV6:::ffff:192.0.2.9", "192.0.2.9"),
    (b"IPV6:::ffff:c000:209", "192.0.2.9"),
    (b"IPV6:::192.0.2.9", "IPV6:::192.0.2.9")))
def test_an_address_is_one_however_it_is_written(trusting, written, means):
    behind, between = trusting()
    sender = begin(between)
    assert say(sender, b"XCLIENT ADDR=" + written)[0] == 220
    sender.say("EHLO client.test")
    sender.say("QUIT")
    assert list(told(behind))[-1]["ADDR"].lower() == means.lower()


# Who comes from nowhere is nobody: never sallyport itself, which may do more.
@pytest.mark.parametrize("address", (
    b"0.0.0.0", b"IPV6:::", b"IPV6:::ffff:0.0.0.0"))
def test_an_address_that_is_none_is_not_ours(trusting, address):
    proxies.need_spoofing()
    behind, between = trusting(identity="spoof")
    sender = senders.Sender(between.port)
    assert sender.hear()[0] == 220
    assert sender.say("EHLO client.test")[0] == 250
    before = len(behind.connections)
    assert say(sender, b"XCLIENT ADDR=" + address)[0] in (421, 501, 554)
    assert len(behind.connections) == before


# What a sender calls itself goes to the receiver twice: in XCLIENT, as xtext,
# and in EHLO. Neither line holds more than that.
def test_every_byte_in_a_hello(trusting):
    behind, between = trusting()
    for byte in BYTES:
        if byte in b"\r\n":
            continue
        sender = senders.Sender(between.port)
        sender.hear()
        code, _ = say(sender, b"EHLO a" + bytes([byte]) + b"b")
        assert code in (250, 500, 501), byte
        sender.say("QUIT")
        sender.close()
    for seen in behind.connections:
        for line, _ in seen.lines:
            if line.startswith("XCLIENT "):
                assert line.isascii() and line.isprintable(), line
                assert all(part.count("=") == 1 for part in line.split()[1:])


# XCLIENT goes between two commands alone, and what comes with it at once is
# not lost: it is of the client that was named, who may not name another.
def test_what_is_pipelined_behind_it(trusting):
    behind, between = trusting()
    sender = begin(between)
    sender.send(b"XCLIENT ADDR=192.0.2.9\r\nEHLO other.test\r\n"
                b"MAIL FROM:<a@test>\r\nXCLIENT ADDR=192.0.2.10\r\nQUIT\r\n")
    assert [sender.hear()[0] for _ in range(5)] == [220, 250, 250, 550, 221]
    assert [one["ADDR"] for one in told(behind)] == ["127.0.0.1", "192.0.2.9"]
    assert between.session()["client"].startswith("192.0.2.9")


@pytest.mark.parametrize("reply", (
    "220-mx.test\r\n220 250 not a line of its own", "250 ok", "220",
    "354 go ahead", "999 what", "2200 x", "", "220 \x01\x1b[2J", "550 no",
    "421 later"))
def test_what_a_receiver_says_to_it(proxy, receiver, reply):
    """Answers that are none end the session; none is taken for another's."""
    behind = receiver(tls="none", keywords=KEYWORDS,
                      replies={"XCLIENT": reply})
    between = proxy(receiver=behind.port, receiver__tls="none",
                    receiver__identity="xclient", timeouts__command="2s")
    sender = senders.Sender(between.port)
    sender.hear()
    code, _ = sender.say("EHLO client.test")
    good = reply.startswith("220") and reply[3:4] in ("", " ", "-")
    assert code == 250 if good else code in (421, 451, 550), code
    verbs = behind.connections[-1].verbs()
    assert "MAIL" not in verbs and (verbs.count("EHLO") == 2) == good


def header(command=0x21, family=0x11, body=None, extras=b"", signature=None):
    if body is None:
        body = socket.inet_aton("192.0.2.7") + socket.inet_aton(
            "198.51.100.2") + struct.pack("!HH", 1234, 25)
    body += extras
    return (signature or SIGNATURE) + bytes([command, family]) + struct.pack(
        "!H", len(body)) + body


SIX = bytes.fromhex("20010db8000000000000000000000007") + \
    bytes.fromhex("20010db8000000000000000000000002") + b"\4\xd2\0\x19"

# What may be a header, what the client is then, or None: it is closed.
HEADERS = {
    "v2": (header(), "192.0.2.7:1234"),
    "v2, IPv6": (header(family=0x21, body=SIX), "[2001:db8::7]:1234"),
    "v2, an unknown extra": (header(extras=b"\xe0\0\3abc"), "192.0.2.7:1234"),
    "v2, extras to the brim": (
        header(extras=b"\x04" + struct.pack("!H", 8161) + b"\0" * 8161),
        "192.0.2.7:1234"),
    "v2, one byte more": (
        header(extras=b"\x04" + struct.pack("!H", 8162) + b"\0" * 8162), None),
    "v2, 65535 bytes": (header(body=b"\0" * 65535), None),
    "v2, an extra cut off": (header(extras=b"\x01\0\x05abc"), None),
    "v2, half an extra": (header(extras=b"\x01\0"), None),
    "v2, a wrong checksum": (header(extras=b"\x03\0\4abcd"), None),
    "v2, short addresses": (header(body=b"\0" * 11), None),
    "v2, IPv6 of an IPv4 size": (header(family=0x21, body=b"\0" * 12), None),
    "v2, UDP": (header(family=0x12), None),
    "v2, version 3": (header(command=0x31), None),
    "v2, version 1": (header(command=0x11), None),
    "v2, command 2": (header(command=0x22), None),
    "v2, a family of none": (header(family=0x51), None),
    "v2, LOCAL": (header(command=0x20, family=0, body=b""), "127.0.0.1"),
    "v2, LOCAL with addresses": (header(command=0x20), "127.0.0.1"),
    "v2, twice": (header() + header(), "192.0.2.7:1234"),
    "v1": (b"PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n",
           "192.0.2.7:1234"),
    "v1, IPv6": (b"PROXY TCP6 2001:db8::7 2001:db8::2 1234 25\r\n",
                 "[2001:db8::7]:1234"),
    "v1, mapped": (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 1234 25\r\n",
                   "192.0.2.7:1234"),
    "v1, UNKNOWN": (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    "v1, UNKNOWN and more": (b"PROXY UNKNOWN a b c d\r\n", "127.0.0.1"),
    "v1, the longest": (b"PROXY TCP6 " + b"ffff:" * 7 + b"ffff " +
                        b"ffff:" * 7 + b"ffff 65535 65535\r\n",
                        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
    "v1, 108 bytes": (b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n", None),
    "v1, LF alone": (b"PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\n", None),
    "v1, CR alone": (b"PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\rX", None),
    "v1, NUL": (b"PROXY TCP4 192.0.2.7\0 198.51.100.2 1234 25\r\n", None),
    "v1, tabs": (b"PROXY\tTCP4\t192.0.2.7\t198.51.100.2\t1234\t25\r\n", None),
    "v1, two blanks": (b"PROXY TCP4  192.0.2.7 198.51.100.2 1234 25\r\n",
                       None),
    "v1, lower case": (b"proxy TCP4 192.0.2.7 198.51.100.2 1234 25\r\n", None),
    "v1, a zero before": (b"PROXY TCP4 192.0.2.7 198.51.100.2 01234 25\r\n",
                          None),
    "v1, a port too large": (b"PROXY TCP4 192.0.2.7 198.51.100.2 65536 25\r\n",
                             None),
    "v1, a sign": (b"PROXY TCP4 192.0.2.7 198.51.100.2 +1234 25\r\n", None),
    "v1, octal": (b"PROXY TCP4 192.0.02.7 198.51.100.2 1234 25\r\n", None),
    "v1, the other family": (b"PROXY TCP4 2001:db8::7 2001:db8::2 1 25\r\n",
                             None),
    "v1, an interface": (b"PROXY TCP6 fe80::7%lo fe80::2 1 25\r\n", None),
    "v1, a name": (b"PROXY TCP4 localhost 198.51.100.2 1 25\r\n", None),
    "v1, no ports": (b"PROXY TCP4 192.0.2.7 198.51.100.2\r\n", None),
    "v1, a word more": (b"PROXY TCP4 192.0.2.7 198.51.100.2 1 25 x\r\n", None),
    "v1, a blank at its end": (b"PROXY TCP4 192.0.2.7 198.51.100.2 1 25 \r\n",
                               None),
    "SMTP": (b"EHLO client.test\r\n", None),
    "TLS": (b"\x16\x03\x01\0\x05\x01\0\0\x01\0", None),
    "HTTP": (b"POST / HTTP/1.1\r\n\r\n", None),
}


def say_header(port, data, slowly, client):
    """What is heard of the banner: byte by byte it is the first hundred
    bytes, for all of it takes long."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), 20) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for part in [data[i:i + 1] for i in range(100)] + [data[100:]] \
                    if slowly else [data]:
                wire.sendall(part)
            if client is not None:
                heard = wire.recv(4)
                wire.sendall(b"QUIT\r\n")
            while wire.recv(4096):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass
    return heard


@pytest.mark.parametrize("slowly", (
    False, pytest.param(True, marks=pytest.mark.full)))
def test_headers(proxy, receiver, slowly):
    between = proxy(receiver=receiver(tls="none").port, receiver__tls="none",
                    proxy_protocol_from="127.0.0.1", clients="0.0.0.0/0,::/0")
    for count, (name, (data, client)) in enumerate(HEADERS.items(), 1):
        heard = say_header(between.port, data, slowly, client)
        seen = ended(between, count)
        if client is None:
            assert heard == b"", name
            assert seen["reason"] == "sender-proxy-header", name
        else:
            assert heard == b"220 ", name
            assert seen["client"].startswith(client), name


# A header after another is a command, as is one after the banner.
def test_a_second_header_is_smtp(proxy, receiver):
    behind = receiver(tls="none")
    between = proxy(receiver=behind.port, receiver__tls="none",
                    proxy_protocol_from="127.0.0.1", clients="0.0.0.0/0")
    sender = senders.Sender(between.port)
    sender.send(header() + b"PROXY TCP4 192.0.2.8 198.51.100.2 1234 25\r\n")
    assert sender.hear()[0] == 220
    assert sender.hear()[0] == 503
    sender.say("QUIT")
    assert between.session()["client"] == "192.0.2.7:1234"


def read_header(wire):
    data = b""
    while len(data) < 16:
        data += wire.recv(16 - len(data))
    size = struct.unpack("!H", data[14:16])[0]
    while len(data) < 16 + size:
        data += wire.recv(16 + size - len(data))
    body, extras = data[16:], {}
    extra = body[12:]
    while extra:
        kind, size = struct.unpack("!BH", extra[:3])
        extras[kind] = extra[3:3 + size]
        extra = extra[3 + size:]
    return body[:12], extras


# The receiver is told of TLS that STARTTLS began, on a connection of its own.
def test_a_header_tells_of_starttls(proxy):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        between = proxy(receiver=listener.getsockname()[1],
                        receiver__tls="none", receiver__identity="proxy-v2")
        sender = senders.Sender(between.port)
        first, _ = listener.accept()
        _, extras = read_header(first)
        assert extras == {}
        first.sendall(b"220 mx.test\r\n")
        assert sender.hear()[0] == 220
        assert sender.say("STARTTLS")[0] == 220
        sender.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        sender.tls.check_hostname = False
        sender.tls.verify_mode = ssl.CERT_NONE
        sender.socket = sender.tls.wrap_socket(
            sender.socket, server_hostname="asked.test")
        sender.file = sender.socket.makefile("rb")
        sender.send(b"EHLO client.test\r\n")
        second, _ = listener.accept()
        ends, extras = read_header(second)
        assert ends[:4] == socket.inet_aton("127.0.0.1")
        assert extras[0x02] == b"asked.test"
        tls = extras[0x20]
        assert tls[0] & 1 and b"TLSv1.3" in tls and b"TLS_AES" in tls
        assert first.recv(100) == b"QUIT\r\n"
        second.sendall(b"220 mx.test\r\n")
        assert second.recv(100) == b"EHLO client.test\r\n"
        second.sendall(b"250 mx.test\r\n")
        assert sender.hear() == (250, "250 mx.test")
        for one in (first, second):
            one.close()
