# SPDX-License-Identifier: ISC
"""A receiver, a DNS that speaks of it, and a proxy that asks that DNS."""

import subprocess

import pytest

import dns as dns_module
import messages
import sender as senders

OTHER = "3 1 1 " + "ab" * 32

CONFIG = """\
resolver = "{resolver}"
listener = {{ here = {{
  address = [ "127.0.0.1:PORT" ]
  forward-to = [ {to} ]
  sender = {{ tls = "none" }}
  receiver = {{ tls = "{level}" }}
}} }}
"""


@pytest.fixture
def dns(root, binary):
    dns_module.require()
    built_with = subprocess.run([binary, "--version"], text=True,
                                capture_output=True).stdout
    if "libunbound" not in built_with:
        pytest.skip("sallyport was built without libunbound")
    made = dns_module.Dns(root / "dns")
    yield made
    made.stop()


@pytest.fixture
def world(dns, proxy, receiver, certificates):
    """Starts all: records of the receiver's port, and what the proxy says."""
    class World:
        def receive(self, **options):
            self.receiver = receiver(**options)
            return self

        def tlsa(self, *records, name="mx"):
            port = self.receiver.port
            return [f"_{port}._tcp.{name} TLSA {data}" for data in records]

        def right(self, usage=3, selector=1, matching=1):
            return dns_module.tlsa(usage, selector, matching,
                                   certificates / "mx.pem")

        def zone(self, *records, name="test", **options):
            dns.zone(name, *records, **options)
            return self

        def mx(self, *records, **options):
            return self.zone("mx A 127.0.0.1", *self.tlsa(*records), **options)

        def start(self, level="dane", host="mx.test", **settings):
            dns.start()
            self.proxy = proxy(
                config=CONFIG.format(
                    level=level, resolver=dns.config,
                    to=", ".join(f'"{h}:{self.receiver.port}"'
                                 for h in host.split())), **settings)
            return self

        def hello(self):
            self.sender = senders.Sender(self.proxy.port)
            code, text = self.sender.hear()
            if code != 220:
                return code, text
            return self.sender.say("EHLO client.test")

        def deliver(self):
            assert self.hello()[0] == 250, self.proxy.log()
            assert self.sender.envelope() == [250, 250]
            message = messages.dots()
            assert self.sender.data(message)[0] == 250
            self.sender.say("QUIT")
            self.sender.close()
            assert self.receiver.messages == [message]
            return self.proxy.session()

        def refused(self, code, *words):
            got, text = self.hello()
            self.sender.close()
            assert got == 421 and code in text, (got, text, self.proxy.log())
            for word in words:
                assert word in text, text
            assert not self.receiver.messages
            return self.proxy.session()
    return World()
