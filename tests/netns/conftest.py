# SPDX-License-Identifier: ISC

import importlib.util
import os
import pathlib
import shutil
import sys

import pytest

INTEROP = pathlib.Path(__file__).resolve().parent.parent / "interop"
sys.path.append(str(INTEROP))

import postfix as postfix_module  # noqa: E402
import proxy as proxy_module  # noqa: E402
import receiver as receiver_module  # noqa: E402
import sender as sender_module  # noqa: E402
import world as world_module  # noqa: E402


def interop_fixtures():
    spec = importlib.util.spec_from_file_location(
        "interop_conftest", INTEROP / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_interop = interop_fixtures()
binary, root, certificates = (
    _interop.binary, _interop.root, _interop.certificates)

# Not root: what it does on the router it does with the rights it kept.
CONFIGURATION = """\
user = "nobody"
hostname = "router.test"
listener = {
  router = {
    address    = [ "*:2525" ]
    clients    = [ "0.0.0.0/0", "::/0" ]
    forward-to = "original"
    receiver   = { tls = "may" }
  }
}
"""


@pytest.fixture(scope="session", autouse=True)
def abilities():
    """All of it needs root, and programs that make networks."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    for program in ("ip", "nft", "unshare"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}; ./bootstrap setup check")
    try:
        world_module.Host().stop()
    except OSError as error:
        pytest.skip(f"no network namespaces here: {error}")


class Network(world_module.World):
    """A world with sallyport on its router."""

    def __init__(self, binary, root, certificates):
        super().__init__()
        self.binary, self.root = binary, root
        self.certificates = certificates
        self.ending = []
        self.started = 0

    def folder(self, name):
        self.started += 1
        made = self.root / f"{name}{self.started}"
        made.mkdir()
        return made

    def sallyport(self, *arguments, config=CONFIGURATION, host=None,
                  **settings):
        with host or self.router:
            made = proxy_module.Proxy(
                self.binary, self.folder("proxy"), *arguments,
                config=config, **settings)
        self.ending.append(lambda: self.ended(made))
        return made.until("READY=1")

    def without_rights(self):
        """sallyport, started by a root that has not all of root's rights."""
        path = self.folder("binary") / "sallyport"
        path.write_text("#!/bin/sh\nexec setpriv --bounding-set "
                        f"-net_raw,-net_admin {self.binary} \"$@\"\n")
        path.chmod(0o755)
        return path

    @staticmethod
    def ended(made):
        status = made.stop()
        assert status == 0, made.log()

    def receivers(self, host=None, **habits):
        """One program that is every receiver, at each address."""
        with host or self.receiver:
            made = receiver_module.Receiver(
                self.certificates, address=("::", 25), both=True, **habits)
        self.ending.append(made.stop)
        return made

    def postfix(self, **settings):
        postfix_module.require()
        with self.receiver:
            made = postfix_module.Postfix(
                self.folder("postfix") / "demand", self.certificates,
                port=25, address=self.RECEIVER[4], inet_interfaces="all",
                inet_protocols="all", mynetworks="0.0.0.0/0", **settings)
        self.ending.append(made.stop)
        return made

    def connect(self, to, port=25, host=None, **options):
        with host or self.sender:
            return sender_module.Sender(port, host=to, **options)

    def redirect(self):
        world_module.need(self.router, "redirect")
        self.router.load("redirect.nft", inside='"lan"', ports="{ 25 }",
                         listens=2525)

    def tproxy(self):
        world_module.need(self.router, "tproxy")
        self.router.start_unit("sallyport-routes.service")
        self.tproxy_rules()

    def tproxy_rules(self):
        self.router.load("tproxy.nft", inside='"lan"', ports="{ 25 }",
                         listens=2525)

    def stop(self):
        try:
            for end in reversed(self.ending):
                end()
        finally:
            super().stop()


@pytest.fixture
def network(binary, root, certificates):
    root.chmod(0o755)
    made = Network(binary, root, certificates)
    yield made
    made.stop()
