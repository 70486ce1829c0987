# SPDX-License-Identifier: ISC
"""Hosts of a network that exists for one test: network namespaces, joined by
pairs of virtual interfaces. A namespace lives as long as a process that does
nothing but hold it, which ends with the test, however that ends; no names are
taken, so that any number of runs go on at once."""

import ctypes
import os
import pathlib
import re
import shlex
import subprocess
import threading
import time

import pytest

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "systemd/intercept"


def setns(file):
    if LIBC.setns(file, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Host:
    """with host: sockets that are made and programs that are started by this
    thread are its."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.file = os.open(f"/proc/{self.holder.pid}/ns/net", os.O_RDONLY)
        self.outer = threading.local()
        self.run("ip", "link", "set", "lo", "up")

    def __enter__(self):
        self.outer.file = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        setns(self.file)
        return self

    def __exit__(self, *_):
        setns(self.outer.file)
        os.close(self.outer.file)

    def run(self, *command, check=True, **options):
        with self:
            done = subprocess.run(command, text=True, capture_output=True,
                                  timeout=20, check=False, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: {done.stderr}")
        return done

    def ip(self, line):
        return self.run("ip", *line.split())

    def set(self, name, value):
        path = "/proc/sys/" + name
        self.run("sh", "-c", f"echo {value} > {path}")

    def rules(self, text):
        return self.run("nft", "-f", "-", input=text)

    def load(self, name, **defined):
        """An example as it is installed, with its variables."""
        defines = [part for key, value in defined.items()
                   for part in ("-D", f"{key}={value}")]
        return self.run("nft", *defines, "-f", str(EXAMPLES / name))

    def start_unit(self, name, part="ExecStart"):
        """What systemd would run of an example; returns what it said."""
        text = (EXAMPLES / name).read_text().replace("\\\n", "")
        done = [self.run(*shlex.split(command), check=not may_fail)
                for may_fail, command in
                re.findall(rf"^{part}=(-?)(.*)$", text, re.M)]
        return "".join(one.stdout + one.stderr for one in done)

    def stop_unit(self, name):
        return self.start_unit(name, "ExecStopPost")

    def stop(self):
        os.close(self.file)
        self.holder.stdin.close()
        self.holder.stdout.close()
        self.holder.wait()


def join(one, one_name, other, other_name):
    one.run("ip", "link", "add", "name", one_name, "type", "veth", "peer",
            "name", other_name, "netns", str(other.holder.pid))
    for host, name in ((one, one_name), (other, other_name)):
        host.ip(f"link set {name} up")


class World:
    """
        sender                router                receiver
        192.0.2.7     lan  192.0.2.1
        2001:db8:1::7      2001:db8:1::1
                           198.51.100.1  wan  198.51.100.2, 203.0.113.0/24
                           2001:db8:2::1      2001:db8:2::2, 2001:db8:3::/64
    """

    SENDER = {4: "192.0.2.7", 6: "2001:db8:1::7"}
    ROUTER = {4: "192.0.2.1", 6: "2001:db8:1::1"}
    OUTSIDE = {4: "198.51.100.1", 6: "2001:db8:2::1"}
    RECEIVER = {4: "198.51.100.2", 6: "2001:db8:2::2"}

    def __init__(self):
        self.hosts = []
        self.sender, self.router, self.receiver = (
            self.host(), self.host(), self.host())
        join(self.sender, "eth0", self.router, "lan")
        join(self.router, "wan", self.receiver, "eth0")
        self.address(self.sender, "eth0", self.SENDER, self.ROUTER)
        self.address(self.router, "lan", self.ROUTER)
        self.address(self.router, "wan", self.OUTSIDE)
        self.address(self.receiver, "eth0", self.RECEIVER, self.OUTSIDE)
        for network, family in (("203.0.113.0/24", 4), ("2001:db8:3::/64", 6)):
            self.receiver.ip(f"-{family} route add local {network} dev lo")
            self.router.ip(f"-{family} route add {network} "
                           f"via {self.RECEIVER[family]}")
        self.router.set("net/ipv4/ip_forward", 1)
        self.router.set("net/ipv6/conf/all/forwarding", 1)
        # What careful administrators set: it must not be in the way.
        for interface in ("all", "default", "lan", "wan"):
            self.router.set(f"net/ipv4/conf/{interface}/rp_filter", 1)

    def host(self):
        made = Host()
        self.hosts.append(made)
        return made

    @staticmethod
    def address(host, interface, addresses, gateway=None):
        for family, length in ((4, 24), (6, 64)):
            host.ip(f"-{family} address add {addresses[family]}/{length} "
                    f"dev {interface}" + (" nodad" if family == 6 else ""))
            if gateway:
                host.ip(f"-{family} route add default via {gateway[family]}")

    @staticmethod
    def link_local(host, interface):
        """Its address there, once it may be used."""
        for _ in range(100):
            shown = host.ip(f"-6 address show dev {interface}").stdout
            found = re.search(r"inet6 (fe80::\S+)/64 (.*)", shown)
            if found and "tentative" not in found.group(2):
                return found.group(1)
            time.sleep(0.1)
        raise AssertionError(shown)

    def narrow(self, mtu):
        """Puts a router before the receiver (IPv4), behind which packets must
        be no longer than mtu; the receiver says that it takes longer ones."""
        self.hop = self.host()
        self.receiver.ip("link del eth0")
        join(self.router, "wan", self.hop, "near")
        join(self.hop, "far", self.receiver, "eth0")
        self.router.ip("address add 198.51.100.1/24 dev wan")
        self.hop.ip("address add 198.51.100.3/24 dev near")
        self.hop.ip("address add 198.18.0.1/30 dev far")
        self.hop.set("net/ipv4/ip_forward", 1)
        self.receiver.ip("address add 198.18.0.2/30 dev eth0")
        self.receiver.ip("address add 198.51.100.2/32 dev lo")
        self.hop.ip(f"link set far mtu {mtu}")
        self.receiver.ip(f"link set eth0 mtu {mtu}")
        self.receiver.ip("route add default via 198.18.0.1 advmss 1460")
        self.router.ip("route add 198.51.100.2/32 via 198.51.100.3")
        self.hop.ip("route add 198.51.100.2/32 via 198.18.0.2")
        self.hop.ip("route add 192.0.2.0/24 via 198.51.100.1")
        self.hop.rules("table ip count { chain c { type filter hook output "
                       "priority 0; icmp code frag-needed counter; }; }")

    def narrow_replies(self):
        """How often it was said that a packet is too long."""
        text = self.hop.run("nft", "list", "table", "ip", "count").stdout
        return int(re.search(r"packets (\d+)", text).group(1))

    def stop(self):
        for host in self.hosts:
            host.stop()


PROBES = {
    "redirect": "table inet probe { chain c { type nat hook prerouting "
                "priority dstnat; tcp dport 25 redirect to :26; }; }",
    "tproxy": "table inet probe { chain c { type filter hook prerouting "
              "priority mangle; socket transparent 1 accept; "
              "tcp dport 25 tproxy to :26 accept; }; }",
    "numgen": "table inet probe { chain c { type filter hook prerouting "
              "priority 0; numgen random mod 100 < 1 drop; }; }",
}


def need(host, what):
    """Skips where this kernel, or this nft, cannot do it."""
    done = host.run("nft", "-c", "-f", "-", input=PROBES[what], check=False)
    if done.returncode != 0:
        pytest.skip(f"no {what} here: {done.stderr.strip().splitlines()[0]}")
