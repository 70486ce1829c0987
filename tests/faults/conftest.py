# SPDX-License-Identifier: ISC

import importlib.util
import pathlib
import shutil
import sys
import tempfile

import pytest

INTEROP = pathlib.Path(__file__).resolve().parent.parent / "interop"
sys.path.append(str(INTEROP))

import proxy as proxy_module  # noqa: E402
from faulty_receiver import Receiver  # noqa: E402


def interop_fixtures():
    spec = importlib.util.spec_from_file_location(
        "interop_conftest", INTEROP / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_interop = interop_fixtures()
binary, certificates = _interop.binary, _interop.certificates

# Short, so that a silence is seen within a test.
SECONDS = {f"timeouts__{name}": "1s" for name in (
    "connect", "handshake", "greeting", "command", "content_block",
    "end_of_content", "idle")}


class World:
    """One proxy, one receiver behind it that fails as it is told."""

    def __init__(self, binary, certificates, root, tls):
        self.receiver = Receiver(certificates, tls)
        self.proxy = proxy_module.Proxy(
            binary, root, receiver=self.receiver.port,
            receiver__tls="encrypt" if tls else "none",
            limits__handshakes_per_client="0", **SECONDS)
        try:
            self.proxy.until("READY=1", 60)
        except AssertionError:
            self.proxy.stop()
            raise

    def sessions(self):
        return self.proxy.log().count(" reason=")

    def stop(self):
        status = self.proxy.stop()
        self.receiver.stop()
        assert status == 0, self.proxy.log()


@pytest.fixture(scope="module")
def world(request, binary, certificates):
    """param: what the receiver speaks, "plain" or "tls"."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="faults-", dir="/tmp"))
    made = World(binary, certificates, root, request.param == "tls")
    yield made
    made.stop()
    shutil.rmtree(root, ignore_errors=True)
