# SPDX-License-Identifier: ISC
"""A capture file as tshark dissects it."""

import functools
import re
import subprocess
import time

FIELDS = """frame.number frame.interface_name frame.comment frame.protocols
ip.src ipv6.src tcp.stream tcp.srcport tcp.dstport tcp.flags
exported_pdu.ipv4_src exported_pdu.ipv6_src exported_pdu.src_port
exported_pdu.dst_port tls.handshake.type smtp.req.command _ws.malformed
_ws.expert.message _ws.expert.severity _ws.col.Info""".split()
WARNING = 0x600000  # of expert information


class Capture:
    """packets are dictionaries of FIELDS; several values of one have a |
    between them."""

    def __init__(self, packets):
        self.packets = packets

    def on(self, interface):
        return [packet for packet in self.packets
                if packet["frame.interface_name"] == interface]

    def commands(self, interface, under=""):
        return [command for packet in self.on(interface)
                if under in packet["frame.protocols"].split(":")[:-1]
                or not under
                for command in packet["smtp.req.command"].split("|")
                if command]

    def faults(self):
        """What is malformed, or worth a warning to Wireshark; but for
        resets, which there were, and that it does not decode the base64 of
        AUTH unless its user asks."""
        return [packet for packet in self.packets
                if packet["_ws.malformed"] or
                any(int(severity) >= WARNING for severity in
                    packet["_ws.expert.severity"].split("|") if severity) and
                not re.search("base64|Connection reset",
                              packet["_ws.expert.message"])]


@functools.cache
def tshark():
    """The command, without the protocols that it would see in whatever the
    system gave one of their ports."""
    known = subprocess.run(["tshark", "-G", "decodes"], capture_output=True,
                           text=True, check=True, timeout=120).stdout
    ports = (line.split("\t") for line in known.splitlines())
    others = sorted({name for table, port, name in ports
                     if table == "tcp.port" and int(port) >= 32768})
    return ["tshark", "-n", *(word for name in others
                              for word in ("--disable-protocol", name))]


def read(path, *options):
    command = [*tshark(), "-r", str(path), "-T", "fields",
               "-E", "separator=/t", "-E", "occurrence=a", "-E",
               "aggregator=|", *options]
    for field in FIELDS:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, timeout=120)
    complaints = [line for line in run.stderr.decode().splitlines()
                  if not line.startswith("Running as user")]
    assert run.returncode == 0 and complaints == [], run.stderr
    # Not splitlines(): what was read wrongly may have U+0085 in it.
    lines = run.stdout.decode("utf-8", "replace").split("\n")
    return Capture([dict(zip(FIELDS, line.split("\t")))
                    for line in lines if line])


def malformed(path):
    """The numbers of malformed packets, however large the file is."""
    return subprocess.run(
        [*tshark(), "-r", str(path), "-Y", "_ws.malformed", "-T",
         "fields", "-e", "frame.number"],
        capture_output=True, text=True, check=True, timeout=240).stdout


def until(path, text, seconds=10):
    """Waits until they are in the file; all that it holds then."""
    end = time.monotonic() + seconds
    while text not in (read := path.read_bytes()):
        assert time.monotonic() < end, f"the capture lacks {text}"
        time.sleep(0.02)
    return read


def follow(path, stream):
    """What both sides said in a TCP stream, as text."""
    run = subprocess.run(
        [*tshark(), "-r", str(path), "-q", "-z",
         f"follow,tcp,ascii,{stream}"], capture_output=True, text=True,
        check=True, timeout=120)
    return run.stdout.replace("\r", "")
