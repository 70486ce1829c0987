# SPDX-License-Identifier: ISC
"""Who is connected to: each connection in a thread of its own."""

import socket
import threading


class Serving:
    """What serve(connected) does with each connection, until stop()."""

    def begin(self, listener=None):
        """At listener; without one, at a port of loopback that is free."""
        self.listener = listener or socket.create_server(("127.0.0.1", 0))
        if self.listener.family != socket.AF_UNIX:
            self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connected, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self.serve, args=(connected,), daemon=True).start()

    def stop(self):
        # Whoever waits in accept() would keep the port otherwise.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
