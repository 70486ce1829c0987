# SPDX-License-Identifier: ISC
"""RFC 5321 section 6.3: loops through programs that make connections of their
own. Nothing of these tells whose they are, and nobody in the circle greets.
No limit of sessions helps here."""

import concurrent.futures
import itertools
import select
import socket
import threading
import time

import pytest

import haproxy as haproxy_module
import proxy as proxy_module
import sender as senders
from relay import Relay

NO_LIMITS = {"limits__sessions_per_client": 0,
             "limits__sessions_per_network": 0,
             "limits__handshakes_per_client": 0}
ROUNDS = 50  # sessions of one sallyport, where a limit would end it


@pytest.fixture(name="relay")
def fixture_relay():
    started = []

    def start(to, port, delay=0, lingers=itertools.repeat(0)):
        made = Relay(("127.0.0.1", port), ("127.0.0.1", to), delay, lingers)
        started.append(made)
        return made.listener.getsockname()[1]
    yield start
    for made in started:
        made.stop()


# In a second or two, or a few times that where the machine has much else to
# do: what varies by more than the fraction of a second is tried again.
def told(port, patience=120, **options):
    made = senders.Sender(port, **options)
    made.socket.settimeout(patience)
    code, text = made.hear()
    assert (code, text[:10]) == (421, "421 4.4.6 "), text


def refused(port, *proxies, **options):
    told(port, **options)
    time.sleep(0.3)
    logs = [made.log() for made in proxies]
    assert any("leads back here" in log for log in logs)
    for log in logs:
        assert "reason=loop " in log
        assert log.count(" reason=") <= ROUNDS


def circle(proxy, relay, delay=0, lingers=itertools.repeat(0), **settings):
    port = proxy_module.free_port()
    made = proxy(receiver=port, **{"receiver__tls": "may", **NO_LIMITS,
                                   **settings})
    relay(made.port, port, delay, lingers)
    return made


@pytest.mark.parametrize("delay", (0, 0.1))
def test_a_relay_leads_back(proxy, relay, delay):
    made = circle(proxy, relay, delay)
    refused(made.port, made)


# As where a busy machine passes one end on later than the others: what is
# alike four times in a row is enough.
def test_a_relay_leads_back_unsteadily(proxy, relay):
    late = [0, 0, 0, 0, 0.07, 0, 0, 0, 0, 0]  # of each connection both ends
    made = circle(proxy, relay, lingers=itertools.cycle(late))
    refused(made.port, made)


# It passes the end of a connection on too late, or not in the time of a test:
# then the limits end it.
@pytest.mark.parametrize("linger", (0.3, 1.2, 600))
def test_a_relay_leads_back_and_lingers(proxy, relay, linger):
    settings = {"limits__sessions": 60} if linger == 600 else {}
    made = circle(proxy, relay, lingers=itertools.repeat(linger), **settings)
    told(made.port)
    time.sleep(0.3)
    assert "reason=loop " in made.log()
    assert ("reason=limit " in made.log()) == (linger == 600)


def test_a_relay_leads_back_under_tls(proxy, relay):
    made = circle(proxy, relay, sender__implicit_tls="true",
                  receiver__implicit_tls="true", receiver__tls="encrypt")
    refused(made.port, made, implicit=True)


# Each of its sessions comes from an address of its own, so to speak.
def test_many_senders_at_once(proxy, relay):
    made = circle(proxy, relay)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        list(pool.map(
            lambda i: told(made.port, source=f"127.0.0.{i + 10}"), range(20)))
    assert made.log().count(" reason=") < 20 * ROUNDS


def test_a_balancer_leads_back(proxy):
    haproxy_module.require()
    port = proxy_module.free_port()
    both = [proxy(receiver=port, receiver__tls="may", **NO_LIMITS)
            for _ in range(2)]
    front = haproxy_module.Haproxy(
        both[0].root / "haproxy", port, [(one.port, "") for one in both])
    try:
        for _ in range(3):
            told(both[0].port)
    finally:
        front.stop()
    for one in both:
        assert one.log().count(" reason=") <= 3 * ROUNDS


def test_two_send_to_each_other(proxy):
    port = proxy_module.free_port()
    first = proxy(receiver=port, receiver__tls="may", **NO_LIMITS)
    config = (f'listener = {{ back = {{ address = "127.0.0.1:{port}"; '
              f'forward-to = "127.0.0.1:{first.port}"; '
              'receiver = { tls = "may" } } }\n'
              "limits = { sessions-per-client = 0; sessions-per-network = 0; "
              "handshakes-per-client = 0 }\n")
    second = proxy(config=config)
    for _ in range(2):
        told(first.port)
    assert "leads back here" in first.log() + second.log()
    for one in (first, second):
        assert one.log().count(" reason=") <= 2 * ROUNDS


# It is no loop: a receiver that is slow to greet, though health checks come
# and go, and some senders are not so patient.
def test_a_slow_receiver_leads_nowhere(proxy, receiver):
    greets = threading.Event()
    behind = receiver(tls="demand", stall={"banner": greets})
    made = proxy(receiver=behind.port, **NO_LIMITS)
    done = threading.Event()

    def check():
        while not done.wait(0.05) and proxy_module.answers(made.port):
            pass

    def give_up(seconds):
        time.sleep(seconds / 10)
        with socket.create_connection(("127.0.0.1", made.port)):
            time.sleep(0.4)

    def deliver(_):
        sender = senders.Sender(made.port)
        sender.socket.settimeout(40)
        assert sender.hear()[0] == 220
        sender.say("EHLO client.test")
        assert sender.envelope() == [250, 250]
        return sender.data(b"a: b\r\n\r\n")[0]

    checking = threading.Thread(target=check)
    checking.start()
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        codes = [pool.submit(deliver, i) for i in range(30)]
        leaving = [pool.submit(give_up, i) for i in range(30)]
        for one in leaving:
            one.result()
        greets.set()
        assert [code.result() for code in codes] == [250] * 30
    done.set()
    checking.join()
    log = made.log()
    assert len(behind.messages) == 30
    assert "reason=loop" not in log and "leads back here" not in log
    # It was in doubt, and that costs a connection each time.
    ended = log.count(" reason=")
    assert len(behind.connections) <= ended + 30


# Nor is it with checks that come one at a time, and leave at once or have
# little patience, where nobody else leaves.
@pytest.mark.parametrize("patience", (0, 0.25))
def test_checks_lead_nowhere(proxy, receiver, patience):
    greets = threading.Event()
    behind = receiver(tls="demand", stall={"banner": greets})
    made = proxy(receiver=behind.port, **NO_LIMITS)
    senders_there = [senders.Sender(made.port)]
    end = time.monotonic() + 8
    while time.monotonic() < end:
        for _ in range(3):
            senders_there.append(senders.Sender(made.port))
            time.sleep(0.1)
        with socket.create_connection(("127.0.0.1", made.port)):
            time.sleep(patience)
    greets.set()
    for sender in senders_there:
        assert sender.hear()[0] == 220
    assert "reason=loop" not in made.log()


# Who waits to be dialled when sallyport is told to stop is told so.
def test_it_stops_while_in_doubt(proxy, receiver):
    behind = receiver(stall={"banner": threading.Event()})
    made = proxy(receiver=behind.port, log__level="debug", **NO_LIMITS)
    waiting = []
    for _ in range(12):
        waiting.append(senders.Sender(made.port))
        time.sleep(0.02)
    made.line("greets nobody")
    made.stop()
    for sender in waiting:
        code, text = sender.hear()
        assert (code, text[:10]) == (421, "421 4.3.2 ")


# A receiver that plays a loop with a sender, and never the same twice, keeps
# others waiting for longer than they may be dialled. None is told that the
# receiver is not there.
def test_who_waits_is_not_late(proxy):
    behind = socket.create_server(("127.0.0.1", 0))
    behind.settimeout(20)
    made = proxy(receiver=behind.getsockname()[1], timeouts__connect="1s",
                 **NO_LIMITS)
    waiting, seen = [], []
    for _ in range(8):
        waiting.append(senders.Sender(made.port))
        seen.append(behind.accept()[0])
    time.sleep(0.5)
    waiting.append(senders.Sender(made.port))
    end = time.monotonic() + 6
    for late in itertools.cycle((0.4, 0.5)):
        player = senders.Sender(made.port)
        # What comes too late, on a busy machine, is no loop any more.
        if time.monotonic() > end or \
                not select.select(seen[-1:], [], [], 2)[0]:
            break
        time.sleep(late)
        player.close()
        seen.append(behind.accept()[0])
        time.sleep(0.5)
    assert "reason=receiver-unreachable" not in made.log()
    assert not select.select([one.socket for one in waiting], [], [], 0)[0]


# Nor a check that stays for a fixed time after another that leaves at once,
# and comes when it suits best: each time a connection is closed later.
def test_a_steady_check_leads_nowhere(proxy):
    behind = socket.create_server(("127.0.0.1", 0))
    made = proxy(receiver=behind.getsockname()[1], **NO_LIMITS)
    waiting = [senders.Sender(made.port) for _ in range(8)]
    for late in (0.24, 0.24, 0.1, 0.24, 0.24, 0.22, 0.26):
        time.sleep(late)
        assert proxy_module.answers(made.port)
        with socket.create_connection(("127.0.0.1", made.port)):
            time.sleep(0.4)
    assert not select.select([one.socket for one in waiting], [], [], 0.3)[0]
    assert "reason=loop" not in made.log()


# Nor a receiver that greets at last, though first of all one that waits for
# it since before it was in doubt.
def test_who_greets_leads_nowhere(proxy):
    behind = socket.create_server(("127.0.0.1", 0))
    behind.settimeout(5)
    made = proxy(receiver=behind.getsockname()[1], **NO_LIMITS)
    waiting, seen = [], []

    def wait(number):
        for _ in range(number):
            waiting.append(senders.Sender(made.port))
            seen.append(behind.accept()[0])

    def play():
        wait(9)
        seen.append(behind.accept()[0])  # of one that was closed, in doubt
        wait(6)
        for i in range(4):
            time.sleep(0.05)
            player = senders.Sender(made.port)
            if not select.select(seen[-1:], [], [], 2)[0]:
                break
            if i == 2:
                seen[0].sendall(b"220 mx.test\r\n")
                assert waiting[0].hear()[0] == 220
            player.close()
            if i < 3:
                seen.append(behind.accept()[0])
    try:
        play()
    except socket.timeout:
        pass  # The machine has much else to do: nothing was like a loop.
    time.sleep(0.3)
    assert "reason=loop" not in made.log()
    assert not select.select([one.socket for one in waiting], [], [], 0)[0]
