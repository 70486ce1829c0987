# SPDX-License-Identifier: ISC
"""As much of GnuTLS, through its shared library, as a mail program of either
role needs: what ssl.SSLContext is to OpenSSL, for TLS 1.0 with RC4."""

import ctypes
import ctypes.util
import io
import socket
import struct

import pytest

SERVER, CLIENT = 1, 2
CERTIFICATE, PEM, WRITE_SIDE = 1, 1, 1
AGAIN = (-28, -52)
SECONDS = 20


def library():
    """Or the test is skipped."""
    name = ctypes.util.find_library("gnutls")
    if name is None:
        pytest.skip("libgnutls is not installed (tests/interop/peers.sh)")
    made = ctypes.CDLL(name)
    made.gnutls_strerror.restype = ctypes.c_char_p
    made.gnutls_protocol_get_name.restype = ctypes.c_char_p
    made.gnutls_record_send.restype = ctypes.c_ssize_t
    made.gnutls_record_recv.restype = ctypes.c_ssize_t
    return made


class Context:
    def __init__(self, priority, certificate=None):
        self.library, self.priority = library(), priority
        self.credentials = ctypes.c_void_p()
        self.library.gnutls_certificate_allocate_credentials(
            ctypes.byref(self.credentials))
        if certificate is not None:
            path = certificate.encode()
            self.check(self.library.gnutls_certificate_set_x509_key_file(
                self.credentials, path, path, PEM))

    def check(self, result):
        if result < 0:
            raise OSError(self.library.gnutls_strerror(int(result)).decode())
        return result

    def wrap_socket(self, connected, server_side=False):
        return Stream(self, connected, SERVER if server_side else CLIENT)


class Stream(io.RawIOBase):
    """The end of a connection, once the handshake is done."""

    def __init__(self, context, connected, role):
        super().__init__()
        # Taken over, as ssl does: GnuTLS knows the number alone, which must
        # not become that of another connection before it says goodbye.
        connected = socket.socket(fileno=connected.detach())
        self.context, self.socket = context, connected
        self.library, self.session = context.library, ctypes.c_void_p()
        connected.settimeout(None)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO,
                             struct.pack("ll", SECONDS, 0))
        gnutls = self.library
        context.check(gnutls.gnutls_init(ctypes.byref(self.session), role))
        context.check(gnutls.gnutls_priority_set_direct(
            self.session, context.priority.encode(), None))
        gnutls.gnutls_credentials_set(
            self.session, CERTIFICATE, context.credentials)
        gnutls.gnutls_transport_set_int2(
            self.session, connected.fileno(), connected.fileno())
        context.check(gnutls.gnutls_handshake(self.session))

    def readable(self):
        return True

    def readinto(self, buffer):
        room = (ctypes.c_char * len(buffer)).from_buffer(buffer)
        return self.context.check(self.library.gnutls_record_recv(
            self.session, room, ctypes.c_size_t(len(buffer))))

    def makefile(self, _mode):
        return io.BufferedReader(self)

    def sendall(self, data):
        while data:
            sent = self.library.gnutls_record_send(
                self.session, data, ctypes.c_size_t(len(data)))
            if sent not in AGAIN:
                data = data[self.context.check(sent):]

    def version(self):
        return self.library.gnutls_protocol_get_name(
            self.library.gnutls_protocol_get_version(self.session)).decode()

    def cipher(self):
        return (None, None, 0)

    def getpeercert(self, _binary=False):
        return None  # none is ever asked for

    def close(self):
        if not self.closed:
            self.library.gnutls_bye(self.session, WRITE_SIDE)
            self.library.gnutls_deinit(self.session)
            self.socket.close()
        super().close()
