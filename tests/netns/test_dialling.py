# SPDX-License-Identifier: ISC
"""Why a receiver cannot be reached, as the kernel and DNS really say it: each
row of dial_error.def that can be had so. The others are provoked by
tests/unit/test_dialling.c, which has them all."""

import shlex
import socket
import struct
import threading

import pytest

import proxy as proxy_module
import world as world_module
from explaining import DIALS

# Nobody is there; a route says how that is told.
NOWHERE = ("unreachable 198.51.100.2", "prohibit 198.51.100.3")
RCODES = {b"no-such": 3, b"no-address": 0, b"failing": 2, b"refusing": 5}

PROVOKED = {
    "UV_ECONNREFUSED": ["127.0.0.1:9"],
    "UV_ETIMEDOUT": ["192.0.2.9:25"],
    "UV_EHOSTUNREACH": ["198.51.100.2:25"],
    "UV_ENETUNREACH": ["203.0.113.1:25"],
    "UV_EACCES": ["198.51.100.3:25"],
    "UV_EADDRNOTAVAIL": ["127.0.0.1:9", "--set",
                         "receiver.source-address=192.0.2.99"],
    "UV_EAI_NONAME": ["no-such.test:25"],
    "UV_EAI_NODATA": ["no-address.test:25"],
    "UV_EAI_AGAIN": ["failing.test:25"],
}
# What it takes is not to be had without breaking more than this host, or
# hangs on the version of libc (EAI_FAIL); or comes of what a header told
# (test_interception).
ELSEWHERE = {"UV_ECONNRESET", "UV_EPERM", "UV_EAFNOSUPPORT", "UV_EMFILE",
             "UV_EAI_FAIL", "UV_EINVAL", "UV_EDESTADDRREQ"}


@pytest.fixture(scope="module")
def host():
    made = world_module.Host()
    made.ip("link add d0 type veth peer name d1")
    made.ip("addr add 192.0.2.1/24 dev d0")
    made.ip("link set d0 up")
    made.ip("link set d1 up")
    for route in NOWHERE:
        made.ip(f"route add {route}")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def dns(host):
    """Answers each name as its first label is called, or not at all."""
    with host:
        served = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        served.bind(("127.0.0.1", 53))

    def serve():
        while True:
            asked, peer = served.recvfrom(512)
            if not asked:
                return
            code = RCODES.get(asked[13:13 + asked[12]])
            if code is not None:
                served.sendto(
                    asked[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, 0, 0,
                                            0) + asked[12:], peer)
    thread = threading.Thread(target=serve)
    thread.start()
    yield served
    with host, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(b"", ("127.0.0.1", 53))
    thread.join()
    served.close()


@pytest.fixture
def dialling(host, dns, binary, root):
    """What a sender is told and the log says of a receiver."""
    proxy_module.need_own_mounts()
    (root / "resolv.conf").write_text(
        "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    (root / "nsswitch.conf").write_text("hosts: files dns\n")
    script = " && ".join(
        f"mount --bind {shlex.quote(str(root / name))} /etc/{name}"
        for name in ("resolv.conf", "nsswitch.conf"))
    started = []

    def dial(receiver, *arguments):
        with host:
            started.append(proxy_module.Proxy(
                binary, root, *arguments, receiver=receiver,
                timeouts__connect="1s", prefix=[
                    "unshare", "--mount", "sh", "-c",
                    f'{script} && exec "$@"', "sh"]).until("READY=1"))
            sender = socket.create_connection(("127.0.0.1", started[-1].port))
        with sender:
            sender.settimeout(15)
            return sender.makefile().readline(), started[-1].log()
    yield dial
    for made in started:
        made.stop()


@pytest.mark.parametrize("row", DIALS)
def test_what_the_system_says(dialling, row):
    if row in ELSEWHERE:
        pytest.skip("provoked by tests/unit/test_dialling alone")
    receiver, *settings = PROVOKED[row]
    reply, log = dialling(receiver, *settings)
    assert DIALS[row][0] in log, log
    assert reply.startswith("421 4.4.1 ") and DIALS[row][0] in reply, reply


@pytest.mark.parametrize("name", ["silent", "refusing"])
def test_a_server_that_does_not_answer(dialling, name):
    _, log = dialling(f"{name}.test:25")
    assert DIALS["UV_EAI_AGAIN"][0] in log


def test_every_row_is_provoked():
    assert set(DIALS) == set(PROVOKED) | ELSEWHERE
