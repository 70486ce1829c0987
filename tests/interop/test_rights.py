# SPDX-License-Identifier: ISC
"""Of root's rights only those stay that the configuration needs, in every
thread, whoever sallyport runs as; and a reload does without the others, or
says which it lacks."""

import os
import pathlib
import re
import socket
import subprocess

import pytest

import messages
from proxy import Proxy, free_port
from sender import Sender

BIND, RAW = 1 << 10, 1 << 13
# Of this run alone: others may have the same low ports elsewhere.
HERE = f"127.{os.getpid() >> 16 & 63 | 64}.{os.getpid() >> 8 & 255}." \
       f"{os.getpid() % 254 + 1}"
LOW = 465
RUNS_AS = (None, "root", "nobody")


def configuration(port, to=9, user=None, forward=None, identity="none"):
    return (f'user = "{user}"\n' if user else "") + f"""\
hostname = "relay.test"
listener = {{ inside = {{
  address    = [ "{HERE}:{port}" ]
  forward-to = {forward or f'[ "localhost:{to}" ]'}
  receiver   = {{ identity = "{identity}" }}
}} }}
"""


@pytest.fixture(autouse=True)
def rights(binary):
    if os.geteuid() != 0:
        pytest.skip("there is no root to give up")
    version = subprocess.run([binary, "--version"], capture_output=True,
                             text=True, check=True).stdout
    if "libcap" not in version:
        pytest.skip("built without libcap")


@pytest.fixture
def started(binary, root):
    root.chmod(0o755)
    made = []

    def start(text, *arguments):
        folder = root / f"started{len(made)}"
        folder.mkdir()
        made.append(Proxy(binary, folder, *arguments, config=text))
        return made[-1].until("READY=1")

    yield start
    assert [one.stop() for one in made] == [0] * len(made)


def has(made, kept):
    """These rights and no others, in all sets of all threads."""
    tasks = pathlib.Path(f"/proc/{made.process.pid}/task").iterdir()
    count = 0
    for status in [(task / "status").read_text() for task in tasks]:
        sets = {name: int(value, 16) for name, value in
                re.findall(r"Cap(\w+):\t([0-9a-f]+)", status)}
        assert sets == {"Inh": 0, "Prm": kept, "Eff": kept, "Bnd": kept,
                        "Amb": 0}
        assert re.search(r"NoNewPrivs:\t1\n", status)
        count += 1
    return count


def reload(made, text):
    made.config.write_text(text)
    made.heard.clear()
    made.signal(1)
    made.until("RELOADING=1").until("READY=1")


def deliver(port):
    sender = Sender(port, host=HERE)
    sender.hear()
    assert sender.say("EHLO old.test")[0] == 250
    assert sender.envelope() == [250, 250]
    assert sender.data(messages.SMALL["dots"])[0] == 250
    sender.say("QUIT")
    sender.close()


KINDS = {
    "plain": ({}, 0),
    "low port": ({"port": LOW}, BIND),
    # TPROXY, and with it the mark.
    "original": ({"forward": '"original"'}, RAW),
    "spoof": ({"identity": "spoof"}, RAW),
    "all": ({"port": LOW, "forward": '"original"', "identity": "spoof"},
            BIND | RAW),
    "header": ({"identity": "proxy-v2"}, 0),
}


@pytest.mark.parametrize("user", RUNS_AS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_stays(started, kind, user):
    settings, kept = KINDS[kind]
    made = started(configuration(**{"port": free_port(), **settings},
                                 user=user))
    has(made, kept)
    assert ("sallyport stays root" in made.log()) == (user != "nobody")


# Threads that write, and those that look up names, are there by then.
@pytest.mark.parametrize("user", RUNS_AS)
def test_threads_have_no_more(started, receiver, root, user):
    port = free_port()
    made = started(configuration(port, receiver(tls="demand").port, user),
                   "--pcap", str(root / "pcap"), "--keylog", str(root / "log"))
    deliver(port)
    assert has(made, 0) > 3


@pytest.mark.parametrize("user", RUNS_AS)
def test_a_reload_does_without(started, receiver, user):
    old, new, to = free_port(), free_port(), receiver(tls="demand").port
    made = started(configuration(old, to, user))
    reload(made, configuration(new, to, user))
    made.line("the configuration was read again")
    deliver(new)
    reload(made, configuration(LOW, to, user))
    line = made.line(f"cannot bind {HERE}:{LOW}")
    assert "the old one stays" in line
    assert "CAP_NET_BIND_SERVICE" in line and line.endswith("restart it")
    reload(made, configuration(new, to, user, identity="spoof"))
    line = made.line("spoof needs CAP_NET_RAW")
    assert "gave up at its start; restart it" in line
    made.line("the old one stays: see the faults above")
    deliver(new)
    # Interception goes without: REDIRECT needs no right.
    reload(made, configuration(new, to, user, forward='"original"'))
    assert "gave up at its start" in made.line("TPROXY rules cannot bring")
    with socket.create_connection((HERE, new)) as peer:
        assert peer.recv(100).startswith(b"421 4.3.5 ")
    has(made, 0)


@pytest.mark.parametrize("user", RUNS_AS)
def test_a_reload_uses_what_stayed(started, receiver, user):
    to = receiver(tls="demand").port
    made = started(configuration(LOW, to, user, identity="spoof"))
    reload(made, configuration(587, to, user, identity="spoof"))
    made.line("the configuration was read again")
    deliver(587)
    assert made.session()["reason"] == "quit"
    has(made, BIND | RAW)


def test_a_start_without_the_right_is_not_tried_again(binary, root):
    file = root / "sallyport.conf"
    file.write_text(configuration(free_port(), user="nobody",
                                  identity="spoof"))
    done = subprocess.run(
        ["setpriv", "--bounding-set", "-net_raw,-net_admin", binary, "-c",
         file], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 78, done.stderr
    assert done.stderr.count("spoof needs CAP_NET_RAW") == 1
