# SPDX-License-Identifier: ISC
"""A long way: all goes on after a delay, in both directions."""

import itertools
import queue
import socket
import threading
import time

import serving


class Relay(serving.Serving):
    def __init__(self, address, to, delay, lingers=itertools.repeat(0)):
        self.to, self.delay = to, delay
        self.lingers = lingers  # how much later each end goes on
        self.begin(socket.create_server(address))

    def serve(self, near):
        time.sleep(self.delay)
        far = self.dial()
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self.carry, args=(one, other),
                             daemon=True).start()

    def dial(self):
        return socket.create_connection(self.to)

    def carry(self, one, other):
        waiting = queue.Queue()
        threading.Thread(target=self.deliver, args=(waiting, other),
                         daemon=True).start()
        data = b"?"
        while data:
            try:
                data = one.recv(65536)
            except OSError:
                data = b""
            late = self.delay + (0 if data else next(self.lingers))
            waiting.put((time.monotonic() + late, data))

    @staticmethod
    def deliver(waiting, other):
        while True:
            due, data = waiting.get()
            time.sleep(max(0, due - time.monotonic()))
            try:
                if not data:
                    other.shutdown(socket.SHUT_WR)
                    return
                other.sendall(data)
            except OSError:
                return
