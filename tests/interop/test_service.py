# SPDX-License-Identifier: ISC
"""What a service manager does to a service: sockets, readiness, reload,
stop; and what must not happen to mail meanwhile."""

import re
import resource
import signal
import socket
import subprocess
import threading
import time

import pytest

import messages
import sender as senders
from proxy import free_port

CONFIG = """\
listener = {
  inside = {
    address = [ "127.0.0.1:PORT" ]
    forward-to = [ "127.0.0.1:RECEIVER" ]
    sender = { tls = "LEVEL" }
  }
}
"""


def config(receiver, tls="offer"):
    """PORT is filled in when the proxy has chosen it."""
    return CONFIG.replace("RECEIVER", str(receiver.port)).replace(
        "LEVEL", tls)


def greet(port):
    made = senders.Sender(port)
    assert made.hear()[0] == 220
    return made


def test_a_handed_socket_is_used(proxy, receiver):
    behind = receiver(tls="demand")
    given = socket.create_server(("127.0.0.1", 0))
    port = given.getsockname()[1]
    between = proxy(config=config(behind), sockets=[given],
                    env={"LISTEN_FDNAMES": "inside"})
    given.close()
    made = greet(port)
    assert made.say("EHLO client.test")[0] == 250
    made.say("QUIT")
    # What was handed takes the place of the listener's own address.
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", between.port)) != 0


def test_a_socket_for_nobody_is_refused(proxy, receiver, binary, root):
    given = socket.create_server(("127.0.0.1", 0))
    between = proxy(config=config(receiver()), sockets=[given], ready=False,
                    env={"LISTEN_FDNAMES": "nobody"})
    assert between.process.wait(10) == 1
    assert "no listener has that name" in between.log()
    between.process.returncode = 0


def test_reload_takes_a_good_configuration(proxy, receiver):
    behind = receiver(tls="demand")
    between = proxy(config=config(behind))
    old = greet(between.port)
    assert "STARTTLS" in old.say("EHLO client.test")[1]
    between.config.write_text(
        config(behind, tls="none").replace("PORT", str(between.port)))
    between.heard.clear()
    between.signal(signal.SIGHUP)
    between.until("RELOADING=1").until("READY=1")
    assert re.search("MONOTONIC_USEC=[0-9]+", "\n".join(between.heard))
    new = greet(between.port)
    assert "STARTTLS" not in new.say("EHLO client.test")[1]
    # A session keeps what it began with.
    assert old.starttls()[0] == 220
    assert old.say("EHLO client.test")[0] == 250
    assert old.say("QUIT")[0] == 221


def test_reload_keeps_the_old_configuration_where_the_new_is_bad(
        proxy, receiver):
    between = proxy(config=config(receiver(tls="demand")))
    between.config.write_text(
        between.config.read_text().replace("forward-to", "forwardto")
        .replace('"offer"', '"perhaps"'))
    between.heard.clear()
    between.signal(signal.SIGHUP)
    between.until("RELOADING=1").until("READY=1")
    between.line("the new configuration is not used, the old one stays")
    log = between.log()
    assert "forwardto" in log and "perhaps" in log
    assert greet(between.port).say("EHLO client.test")[0] == 250


def test_a_failed_reload_stays_in_the_status(proxy, receiver):
    between = proxy(config=config(receiver(tls="demand")))
    good = between.config.read_text()
    for text, said in ((good.replace("offer", "often"),
                        "; the last reload failed"), (good, "accepted")):
        between.config.write_text(text)
        between.heard.clear()
        between.signal(signal.SIGHUP)
        between.until("READY=1")
        between.heard.clear()
        # Told when the number of sessions is another.
        made = greet(between.port)
        between.until("STATUS=1 sessions now")
        made.say("QUIT")
        between.until("STATUS=0 sessions now")
        assert between.heard[-1].endswith(said)


def test_reload_moves_a_port(proxy, receiver):
    between = proxy(config=config(receiver(tls="demand")))
    old = greet(between.port)
    port = free_port()
    between.config.write_text(
        between.config.read_text().replace(str(between.port), str(port)))
    between.heard.clear()
    between.signal(signal.SIGHUP)
    between.until("RELOADING=1").until("READY=1")
    greet(port)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", between.port)) != 0
    assert old.say("EHLO client.test")[0] == 250


def test_stopping_lets_a_message_finish(proxy, receiver):
    final = threading.Event()
    behind = receiver(tls="demand", stall={".": final})
    between = proxy(receiver=behind.port)
    made = greet(between.port)
    made.say("EHLO client.test")
    assert made.envelope() == [250, 250]
    assert made.say("DATA")[0] == 354
    message = messages.dots()
    made.send(senders.stuffed(message[:40]))
    between.signal(signal.SIGTERM)
    between.until("STOPPING=1")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", between.port)) != 0
    made.send(senders.stuffed(message[40:]) + b".\r\n")
    time.sleep(0.2)
    assert between.process.poll() is None
    final.set()
    assert made.hear()[0] == 250
    assert behind.messages == [message]
    made.send(b"MAIL FROM:<a@test>\r\n")
    code, text = made.hear()
    assert code == 421 and "4.3.2" in text or code == 0
    made.close()
    assert between.process.wait(10) == 0


def test_stopping_an_idle_session_says_421(proxy, receiver):
    between = proxy(receiver=receiver(tls="demand").port)
    made = greet(between.port)
    made.say("EHLO client.test")
    between.signal(signal.SIGTERM)
    between.until("STOPPING=1")
    made.send(b"NOOP\r\n")
    assert made.hear()[0] == 421
    made.close()
    assert between.process.wait(10) == 0
    assert between.session()["reason"] == "shutdown"


def test_a_second_sigterm_ends_it_at_once(proxy, receiver):
    behind = receiver(tls="demand")
    between = proxy(receiver=behind.port)
    made = greet(between.port)
    made.say("EHLO client.test")
    made.envelope()
    made.say("DATA")
    made.send(b"Subject: half\r\n")
    between.signal(signal.SIGTERM)
    between.until("STOPPING=1")
    between.signal(signal.SIGTERM)
    assert between.process.wait(5) == 0
    assert behind.messages == []


def test_the_log_is_opened_again(proxy, receiver, root):
    path = root / "log"
    between = proxy(receiver=receiver(tls="demand").port,
                    log__destination="file", log__file=path)
    greet(between.port).say("QUIT")
    end = time.monotonic() + 10
    while "reason=quit" not in path.read_text():
        assert time.monotonic() < end
        time.sleep(0.02)
    path.rename(root / "log.1")
    between.signal(signal.SIGUSR1)
    while not path.exists() or "opened again" not in path.read_text():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert path.stat().st_mode & 0o137 == 0


def test_sessions_are_shown_on_demand(proxy, receiver):
    between = proxy(receiver=receiver(tls="demand").port)
    greet(between.port).say("EHLO unseen.test")
    between.signal(signal.SIGUSR2)
    between.line("the next sessions are watched")
    made = greet(between.port)
    made.say("EHLO seen.test")
    between.line("sender ->.*EHLO seen.test")
    between.signal(signal.SIGUSR2)
    between.line("not watched any more")
    greet(between.port).say("EHLO gone.test")
    between.line("helo=gone.test")
    assert "EHLO unseen" not in between.log()
    assert "EHLO gone" not in between.log()


def test_the_watchdog_is_fed(proxy, receiver):
    between = proxy(receiver=receiver().port,
                    env={"WATCHDOG_USEC": "400000"})
    between.heard.clear()
    between.until("WATCHDOG=1", 3)


def test_a_bad_configuration_ends_with_78(binary, root):
    path = root / "bad.conf"
    path.write_text('listener = { a = { address = [ "nowhere" ] } }\n'
                    'sender = { min-bits = 41 }\n')
    done = subprocess.run([binary, "-c", path], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 78
    assert "bad.conf:1" in done.stderr and "bad.conf:2" in done.stderr


def test_a_bad_command_line_ends_with_64(binary):
    done = subprocess.run([binary, "--nonsense"], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 64
    assert "--nonsense" in done.stderr


def test_a_port_in_use_ends_with_1(binary):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [binary, "-l", f"127.0.0.1:{port}", "-f", "127.0.0.1:1"],
            capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr


def test_the_demo_delivers(binary):
    done = subprocess.run([binary, "demo"], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "505 Must issue a STARTTLS command first" in done.stdout
    assert "byte for byte" in done.stdout


def test_there_are_files_for_all_sessions(proxy, receiver):
    files = resource.RLIMIT_NOFILE
    most = resource.getrlimit(files)[1]
    if most < 4096:
        pytest.skip("this process may not have 4096 open files")
    between = proxy(receiver=receiver(tls="demand").port,
                    prefix=("prlimit", f"--nofile=300:{most}"))
    assert resource.prlimit(between.process.pid, files)[0] >= 2000
    assert "open files" not in between.log()
    resource.prlimit(between.process.pid, files, (300, 300))
    between.signal(signal.SIGHUP)
    between.line("warning: .*limits.sessions: 1000 sessions need 2065 open "
                 "files, and this process may have 300;")
