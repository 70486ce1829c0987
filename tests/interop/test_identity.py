# SPDX-License-Identifier: ISC
"""Who the sender is: told by HAProxy and by XCLIENT, and told to Postfix."""

import shutil
import signal
import smtplib
import socket
import struct
import subprocess

import pytest

import haproxy as haproxy_module
import messages
import proxy as proxy_module
import sender as senders

FROM_HEADERS = {"proxy_protocol_from": "127.0.0.1",
                "clients": "127.0.0.5,192.0.2.0/24,2001:db8::/32"}
NETWORKS = "127.0.0.0/8 192.0.2.0/24 [2001:db8::]/32"
V1 = b"PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n"
V2 = (b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x11]) + struct.pack(
    "!H4s4sHH", 12, bytes([192, 0, 2, 7]), bytes([198, 51, 100, 2]),
    1234, 25))


@pytest.fixture(name="haproxy")
def fixture_haproxy(root):
    haproxy_module.require()
    started = []

    def start(servers, **options):
        made = haproxy_module.Haproxy(
            root / f"haproxy{len(started)}", proxy_module.free_port(),
            servers, **options)
        started.append(made)
        return made
    yield start
    for made in started:
        made.stop()


@pytest.fixture(name="postfix")
def fixture_postfix(mailers):
    """Postfix without TLS, unless it is asked for."""
    def start(tls="none", **settings):
        return mailers("postfix", tls, **settings)
    return start


def send(port, source="127.0.0.5", name="client.test"):
    with smtplib.SMTP("127.0.0.1", port, timeout=30, local_hostname=name,
                      source_address=(source, 0)) as made:
        made.sendmail("a@test", ["b@test"], messages.multipart())


def received(message):
    """The first Received header, unfolded."""
    head = message.split(b"\n\n", 1)[0].decode()
    lines = head.replace("\n\t", " ").replace("\n ", " ").splitlines()
    return next(line for line in lines if line.startswith("Received:"))


@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
def test_haproxy_balances_two_instances(proxy, postfix, haproxy, version):
    behind = postfix(mynetworks=NETWORKS,
                     smtpd_authorized_xclient_hosts="127.0.0.1",
                     tls="demand")
    both = [proxy(receiver=behind.port, receiver__identity="xclient",
                  **FROM_HEADERS) for _ in range(2)]
    front = haproxy([(one.port, version) for one in both])
    for _ in range(4):
        send(front.port)
    for message in behind.messages(4):
        assert "(unknown [127.0.0.5])" in received(message)
        assert "with ESMTPS" in received(message)
    # Which of them is next is HAProxy's, which a slow machine lets wait.
    ended = []
    for one in both:
        one.line("client=127.0.0.5:.* messages=1 ")
        ended += [line for line in one.log().splitlines()
                  if "client=127.0.0.5:" in line and "messages=1" in line]
    assert len(ended) == 4


# As HAProxy checks: gone before it is taken, it has no address any more.
def test_a_check_that_is_gone_is_no_stranger(proxy, receiver):
    between = proxy(receiver=receiver().port, **FROM_HEADERS)
    between.signal(signal.SIGSTOP)
    with socket.create_connection(("127.0.0.1", between.port)) as check:
        check.sendall(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")
        check.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         struct.pack("ii", 1, 0))
    between.signal(signal.SIGCONT)
    assert between.session()["reason"] == "sender-lost"
    send(between.port)


def test_a_chain_of_headers_ends_in_postfix(proxy, postfix, haproxy):
    behind = postfix(mynetworks=NETWORKS, inet_protocols="all",
                     smtpd_upstream_proxy_protocol="haproxy")
    between = proxy(receiver=behind.port, receiver__tls="none",
                    receiver__identity="proxy-v2", **FROM_HEADERS)
    front = haproxy([(between.port, "send-proxy-v2-ssl "
                      "proxy-v2-options crc32c,unique-id")],
                    accept_proxy=True)
    with socket.create_connection(("127.0.0.1", front.port), 30) as wire:
        wire.sendall(b"PROXY TCP6 2001:db8::7 2001:db8::2 1234 25\r\n")
        talk(wire, b"a v6 client")
    assert "(unknown [IPv6:2001:db8::7])" in received(behind.messages(1)[0])
    assert between.session()["client"] == "[2001:db8::7]:1234"


def talk(wire, subject):
    lines = wire.makefile("rb")

    def hear(code):
        line = lines.readline()
        while line[3:4] == b"-":
            line = lines.readline()
        assert line.startswith(code), line
    hear(b"220")
    for command, code in (
            (b"EHLO client.test", b"250"), (b"MAIL FROM:<a@test>", b"250"),
            (b"RCPT TO:<b@test>", b"250"), (b"DATA", b"354"),
            (b"Subject: " + subject + b"\r\n\r\nhello\r\n.", b"250"),
            (b"QUIT", b"221")):
        wire.sendall(command + b"\r\n")
        hear(code)


@pytest.mark.parametrize("version", ["proxy-v1", "proxy-v2"])
def test_postfix_is_told_by_a_header(proxy, postfix, version):
    behind = postfix(smtpd_upstream_proxy_protocol="haproxy",
                     tls="demand")
    between = proxy(receiver=behind.port, receiver__identity=version)
    send(between.port)
    assert "(unknown [127.0.0.5])" in received(behind.messages(1)[0])
    behind.until("from unknown[127.0.0.5]")


def test_postfix_is_told_by_xclient(proxy, postfix):
    behind = postfix(smtpd_authorized_xclient_hosts="127.0.0.1",
                     tls="demand")
    between = proxy(receiver=behind.port, receiver__identity="xclient",
                    receiver__helo_name="relay.test")
    send(between.port, name="printer")
    line = received(behind.messages(1)[0])
    assert "(unknown [127.0.0.5])" in line and "with ESMTPS" in line
    behind.until("client=unknown[127.0.0.5]")


# A rule for a name: also where the sender says that name second, under TLS or
# not, the receiver is told before it hears it.
@pytest.mark.parametrize("tls", ("none", "demand"))
def test_postfix_is_told_at_a_later_hello(proxy, postfix, tls):
    behind = postfix(smtpd_authorized_xclient_hosts="127.0.0.1", tls=tls)
    between = proxy(config=f"""\
listener = {{ inside = {{
  address = [ "127.0.0.1:PORT" ]
  forward-to = [ "127.0.0.1:{behind.port}" ]
  receiver = {{ tls = "may" }}
}} }}
rules = ( {{ helo = "printer"  receiver = {{ identity = "xclient" }} }} )
""")
    wire = smtplib.SMTP("127.0.0.1", between.port, timeout=30,
                        source_address=("127.0.0.5", 0))
    assert wire.ehlo("client.test")[0] == 250
    assert wire.ehlo("printer")[0] == 250
    wire.sendmail("a@test", ["b@test"], messages.multipart())
    wire.quit()
    behind.until("client=unknown[127.0.0.5]")
    assert "(unknown [127.0.0.5])" in received(behind.messages(1)[0])


def test_postfix_judges_the_client_that_it_is_told(proxy, postfix):
    """With XCLIENT what sallyport's own address may do is not the sender's."""
    behind = postfix(mynetworks="127.0.0.1/32",
                     smtpd_authorized_xclient_hosts="127.0.0.1")
    told = proxy(receiver=behind.port, receiver__tls="none",
                 receiver__identity="xclient")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(told.port)
    untold = proxy(receiver=behind.port, receiver__tls="none")
    send(untold.port)
    # What it says of the client in place of its banner is the sender's.
    refusing = postfix(smtpd_authorized_xclient_hosts="127.0.0.1",
                       smtpd_delay_reject="no",
                       smtpd_client_restrictions="reject")
    told = proxy(receiver=refusing.port, receiver__tls="none",
                 receiver__identity="xclient")
    wire = smtplib.SMTP(timeout=30)
    code, text = wire.connect("127.0.0.1", told.port)
    if code == 220:
        code, text = wire.ehlo("client.test")
    assert code == 554 and b"sallyport" not in text


def test_no_mail_where_xclient_is_not_taken(proxy, postfix):
    behind = postfix()
    between = proxy(receiver=behind.port, receiver__tls="none",
                    receiver__identity="xclient")
    made = smtplib.SMTP("127.0.0.1", between.port, timeout=30)
    code, text = made.ehlo("client.test")
    assert code == 421 and text.startswith(b"4.3.5 ") and b"XCLIENT" in text
    assert between.session()["reason"] == "receiver-no-xclient"
    assert "smtpd_authorized_xclient_hosts" in between.log()


def test_postfix_is_told_by_xforward(proxy, postfix):
    behind = postfix(smtpd_authorized_xforward_hosts="127.0.0.1",
                     tls="demand")
    between = proxy(receiver=behind.port, receiver__tls="encrypt",
                    receiver__identity="xforward")
    send(between.port, name="c1.test")
    send(between.port, name="c2.test")
    behind.messages(2)
    assert behind.log().count("orig_client=unknown[127.0.0.5]") == 2


def test_swaks_names_the_client_by_xclient(proxy, postfix):
    if shutil.which("swaks") is None:
        pytest.skip("swaks is not installed")
    behind = postfix(mynetworks=NETWORKS,
                     smtpd_upstream_proxy_protocol="haproxy")
    between = proxy(receiver=behind.port, receiver__tls="none",
                    receiver__identity="proxy-v2", xclient_from="127.0.0.1",
                    clients="127.0.0.1,192.0.2.0/24")
    done = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{between.port}", "--from", "a@test",
         "--to", "b@test", "--ehlo", "c.test",
         "--xclient-addr", "192.0.2.9", "--xclient-name", "c.test"],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    assert "[192.0.2.9]" in received(behind.messages(1)[0])
    assert between.session()["client"].startswith("192.0.2.9:")


@pytest.mark.parametrize("value", [
    "NAME=x+0D+0ARSET", "NAME=x+00", "LOGIN=a+0A", "HELO=a+7F",
    "NAME=x ADDR=192.0.2.9+0D+0AQUIT", "ADDR=192.0.2.9 XYZZY=1"])
def test_no_xclient_smuggles_a_command(proxy, receiver, value):
    behind = receiver()
    between = proxy(receiver=behind.port, receiver__tls="none",
                    xclient_from="127.0.0.1")
    made = smtplib.SMTP("127.0.0.1", between.port, timeout=30)
    made.ehlo("client.test")
    code, text = made.docmd("XCLIENT", value)
    assert code == 501 and text.startswith(b"5.5.4 ")
    assert made.docmd("XFORWARD", value)[0] == 501
    made.quit()
    assert between.session()["client"].startswith("127.0.0.1:")


def first_line(port, header, patience=0.2):
    """What is said upon a header; b"" for a close. One that wants more bytes
    gets none."""
    with socket.create_connection(("127.0.0.1", port), patience) as wire:
        wire.sendall(header)
        try:
            return wire.recv(4)
        except socket.timeout:
            wire.settimeout(30)
            wire.shutdown(socket.SHUT_WR)
            return wire.recv(4)


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
def test_malformed_headers_are_never_smtp(proxy, receiver, header):
    between = proxy(receiver=receiver().port, receiver__tls="none",
                    proxy_protocol_from="127.0.0.1", clients="192.0.2.7")
    assert first_line(between.port, header, patience=15) == b"220 "
    for end in (1, 5, 6, 12, 15, 16, 20, len(header) - 1):
        assert first_line(between.port, header[:end]) == b""
    for at in range(len(header)):
        for change in (0x01, 0x20, 0x80):
            wrong = bytearray(header)
            wrong[at] ^= change
            # Another port or destination is still one; another source is no
            # client.
            line = first_line(between.port, bytes(wrong))
            assert line in (b"", b"220 ", b"554 "), (at, line)
            if at < 6:
                assert line == b""
    assert "reason=sender-proxy-header" in between.log()


@pytest.mark.parametrize("how", ["data", "bdat"])
def test_a_received_header_tells_both_legs(proxy, postfix, how):
    behind = postfix(tls="demand")
    between = proxy(receiver=behind.port, sender__received_header="true")
    made = senders.Sender(between.port)
    made.hear()
    shown = made.say("EHLO client.test")[1]
    # Postfix' limit, lower by what goes before a message.
    assert f"SIZE {52428800 - 1024}" in shown
    assert made.starttls()[0] == 220
    made.say("EHLO client.test")
    assert made.envelope() == [250, 250]
    message = messages.multipart()
    if how == "data":
        assert made.data(message)[0] == 250
    else:
        made.send(b"BDAT 1000\r\n" + message[:1000])
        assert made.hear()[0] == 250
        rest = message[1000:]
        made.send(b"BDAT %d LAST\r\n" % len(rest) + rest)
        assert made.hear()[0] == 250
    made.say("QUIT")
    stored = behind.messages(1)[0]
    lines = [line for line in stored.split(b"\n\n", 1)[0].decode()
             .replace("\n\t", " ").splitlines()
             if line.startswith("Received:")]
    assert len(lines) == 2
    ours = between.session()
    assert lines[1].startswith(
        f"Received: from client.test ([127.0.0.1]) "
        f"(with {ours['sender-tls']}) by ")
    assert " (sallyport) with ESMTPS id " in lines[1]
    assert (f"(on to 127.0.0.1 with {ours['receiver-tls']}, "
            "verified: untrusted);") in lines[1]
    # What the sender sent is there, byte for byte, behind it.
    assert stored.replace(b"\n", b"\r\n").endswith(message)
    assert ours["bytes"] == str(len(message))


def header_of(talk_first):
    """The PROXY header that a receiver gets, read as far as it goes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = talk_first(listener.getsockname()[1])
        wire, _ = listener.accept()
        wire.settimeout(20)
        header = b""
        while len(header) < 16:
            header += wire.recv(16 - len(header))
        size = struct.unpack("!H", header[14:16])[0]
        while len(header) < 16 + size:
            header += wire.recv(16 + size - len(header))
        wire.close()
        del made
    return header


def extras(data):
    while data:
        kind, size = struct.unpack("!BH", data[:3])
        yield kind, data[3:3 + size]
        data = data[3 + size:]


def test_a_header_tells_of_implicit_tls(proxy):
    def begin(port):
        between = proxy(receiver=port, receiver__identity="proxy-v2",
                        sender__implicit_tls="true")
        return senders.Sender(between.port, implicit=True)
    header = header_of(begin)
    assert header[12:14] == b"\x21\x11"
    told = dict(extras(header[16 + 12:]))
    assert told[0x20][0] == 1 and told[0x20][1:5] != b"\0\0\0\0"
    tls = dict(extras(told[0x20][5:]))
    assert tls[0x21] == b"TLSv1.3"
    assert tls[0x23].startswith(b"TLS_") and 0x22 not in tls


def test_a_header_does_not_foretell_starttls(proxy):
    def begin(port):
        return senders.Sender(proxy(
            receiver=port, receiver__identity="proxy-v2").port)
    header = header_of(begin)
    assert len(header) == 16 + 12


RELAYS = """listener = { in = {
  address = "127.0.0.1:PORT"  clients = "127.0.0.0/8"
  forward-to = "127.0.0.1:ONE"
  sender = { tls = "none" }
  receiver = { tls = "none"  helo-name = "one.example" } } }
rules = (
  { name = "the other"  client = "127.0.0.6"  forward-to = "127.0.0.1:TWO"
    receiver = { helo-name = "two.example" } }
)
"""


def test_each_receiver_hears_a_name_of_its_own(proxy, receiver):
    one, two = receiver(tls="none"), receiver(tls="none")
    between = proxy(config=RELAYS.replace("ONE", str(one.port))
                    .replace("TWO", str(two.port)))
    send(between.port, "127.0.0.5", name="printer")
    send(between.port, "127.0.0.6", name="printer")
    for behind, name in ((one, "one.example"), (two, "two.example")):
        hellos = [line for connection in behind.connections
                  for line, _ in connection.lines
                  if line.upper().startswith(("EHLO", "HELO"))]
        assert hellos and set(hellos) == {f"EHLO {name}"}
