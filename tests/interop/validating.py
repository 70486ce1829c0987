# SPDX-License-Identifier: ISC
"""A DNS server that validates, for programs that believe the AD bit of the
one they ask: libunbound behind a UDP socket on port 53 of a loopback address
of its own."""

import ctypes
import ctypes.util
import random
import socket
import struct
import threading

import pytest


class Result(ctypes.Structure):
    """struct ub_result of unbound.h."""
    _fields_ = [
        ("qname", ctypes.c_char_p), ("qtype", ctypes.c_int),
        ("qclass", ctypes.c_int), ("data", ctypes.c_void_p),
        ("len", ctypes.c_void_p), ("canonname", ctypes.c_char_p),
        ("rcode", ctypes.c_int), ("answer_packet", ctypes.c_void_p),
        ("answer_len", ctypes.c_int), ("havedata", ctypes.c_int),
        ("nxdomain", ctypes.c_int), ("secure", ctypes.c_int),
        ("bogus", ctypes.c_int), ("why_bogus", ctypes.c_char_p)]


def library():
    name = ctypes.util.find_library("unbound")
    if name is None:
        pytest.skip("libunbound is not installed")
    made = ctypes.CDLL(name)
    made.ub_ctx_create.restype = ctypes.c_void_p
    return made


def question(packet):
    """The name and type that are asked for, and where that ends."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return ".".join(labels) + ".", struct.unpack(
        ">H", packet[at + 1:at + 3])[0], at + 5


class Validating:
    def __init__(self, config):
        self.unbound = library()
        self.context = ctypes.c_void_p(self.unbound.ub_ctx_create())
        assert self.unbound.ub_ctx_config(
            self.context, str(config).encode()) == 0
        self.served = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while True:
            self.address = f"127.{random.randint(16, 250)}." \
                f"{random.randint(1, 250)}.53"
            try:
                self.served.bind((self.address, 53))
                break
            except PermissionError:
                pytest.skip("port 53 needs root")
            except OSError:
                continue
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def answer(self, asked):
        name, kind, end = question(asked)
        result = ctypes.POINTER(Result)()
        failed = self.unbound.ub_resolve(
            self.context, name.encode(), kind, 1, ctypes.byref(result))
        if failed or result.contents.bogus:
            # SERVFAIL: what does not validate is not handed on.
            return asked[:2] + struct.pack(
                ">HHHHH", 0x8182, 1, 0, 0, 0) + asked[12:end]
        got = result.contents
        packet = bytearray(ctypes.string_at(got.answer_packet, got.answer_len))
        packet[:2] = asked[:2]
        packet[2:4] = struct.pack(
            ">H", 0x8180 | (0x20 if got.secure else 0) | got.rcode)
        self.unbound.ub_resolve_free(result)
        return bytes(packet)

    def serve(self):
        while True:
            asked, peer = self.served.recvfrom(4096)
            if not asked:
                return
            self.served.sendto(self.answer(asked), peer)

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (self.address, 53))
        self.thread.join()
        self.served.close()
        self.unbound.ub_ctx_delete(self.context)
