# SPDX-License-Identifier: ISC
"""The levels dane and dane-only beside Postfix's: what the same signed zone
says of the same receivers ends the same way, delivered or deferred, under TLS
or without it."""

import pytest

import dns as dns_module
import messages
import receiver as receivers
import sender as senders
import validating

from dane_world import OTHER, dns  # noqa: F401, a fixture
from proxy import need_own_mounts

LEVELS = ["dane", "dane-only"]
OF_NO_USE = "1 1 1 " + "ab" * 32

# What the zone says, and whether its receiver offers TLS. Each name is one of
# test, but for what stands in a zone of its own.
KINDS = {
    "right": (["right"], "offer"),
    "right-plain": (["right"], "none"),
    "mx": (["authority"], "offer"),  # which vouches for this name,
    "other-name": (["authority"], "offer"),  # and not for that
    "mismatch": ([OTHER], "offer"),
    "several": ([OTHER, OF_NO_USE, "right"], "offer"),
    "unusable": ([OF_NO_USE], "offer"),
    "unusable-plain": ([OF_NO_USE], "none"),
    "missing": ([], "offer"),
    "missing-plain": ([], "none"),
    "forged": (["right"], "offer"),
    "expired": (["right"], "offer"),
    "unsigned": ([OTHER], "offer"),
    "unsigned-plain": (["right"], "none"),
}
ZONES = {"forged": "forged.test", "expired": "expired.test",
         "unsigned": "unsigned.test", "unsigned-plain": "plain.test"}


class Stand:
    """A receiver of a kind, for one level, and what its zone says."""

    def __init__(self, chained, kind, level):
        self.kind, self.level = kind, level
        self.receiver = receivers.Receiver(chained, tls=KINDS[kind][1])
        self.port = self.receiver.port
        self.zone = ZONES.get(kind, "test")
        self.host = f"{kind}.{self.zone}"

    def records(self, right, authority):
        said = {"right": right, "authority": authority}
        return [f"_{self.port}._tcp.{self.kind} TLSA {said.get(r, r)}"
                for r in KINDS[self.kind][0]]

    def outcome(self):
        got = self.receiver.envelopes
        return "deferred" if not got else \
            "under TLS" if got[0]["tls"] else "in plaintext"


@pytest.fixture
def chained(certificates, tmp_path):
    """The chain holds the authority, as DANE-TA with a digest demands."""
    for parent in [tmp_path, *tmp_path.parents][:-2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    (tmp_path / "mx.key").write_bytes((certificates / "mx.key").read_bytes())
    (tmp_path / "mx.pem").write_bytes((certificates / "mx.pem").read_bytes() +
                                      (certificates / "ca.pem").read_bytes())
    return tmp_path


@pytest.fixture
def stands(dns, chained, certificates):  # noqa: F811
    made = [Stand(chained, kind, level) for kind in KINDS for level in LEVELS]
    right = dns_module.tlsa(3, 1, 1, certificates / "mx.pem")
    authority = dns_module.tlsa(2, 0, 1, certificates / "ca.pem")
    for zone in {"test", *ZONES.values()}:
        of_zone = [s for s in made if s.zone == zone]
        records = [f"{kind} A 127.0.0.1"
                   for kind in sorted({s.kind for s in of_zone})]
        for s in of_zone:
            records += s.records(right, authority)
        dns.zone(zone, *records, expired=zone == "expired.test",
                 signed=zone not in ("unsigned.test", "plain.test"),
                 forged=(right.split()[-1], "ab" * 32)
                 if zone == "forged.test" else None)
    dns.start()
    yield made
    for s in made:
        s.receiver.stop()


@pytest.fixture
def resolver(dns, stands):  # noqa: F811
    made = validating.Validating(dns.config)
    yield made
    made.stop()


def outcomes(stands):
    return {(s.kind, s.level): s.outcome() for s in stands}


def forget(stands):
    for s in stands:
        s.receiver.envelopes.clear()


def by_postfix(mailers, stands, resolver, root):
    resolv, transport, policy = (root / name for name in (
        "resolv.conf", "transport", "policy"))
    resolv.write_text(f"nameserver {resolver.address}\noptions trust-ad\n")
    transport.write_text("".join(
        f"{s.kind}-{s.level}.example smtp:[{s.host}]:{s.port}\n"
        for s in stands))
    policy.write_text("".join(
        f"[{s.host}]:{s.port} {s.level}\n" for s in stands))
    for parent in [root, *root.parents][:-2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    origin = mailers(
        "postfix", resolv=resolv, transport_maps=f"texthash:{transport}",
        smtp_tls_policy_maps=f"texthash:{policy}",
        smtp_dns_support_level="dnssec", smtp_host_lookup="dns",
        smtp_tls_security_level="may", virtual_mailbox_domains="")
    recipients = [f"b@{s.kind}-{s.level}.example" for s in stands]
    for recipient in recipients:
        origin.send(messages.dots().replace(b"\r\n", b"\n"), "a@test",
                    [recipient])
    origin.tried(recipients)
    return outcomes(stands), origin.log()


def by_sallyport(proxy, dns, stands):  # noqa: F811
    rules = [
        f'{{ client = "127.0.1.{i + 1}" forward-to = "{s.host}:{s.port}"'
        f' receiver = {{ tls = "{s.level}" }} }}'
        for i, s in enumerate(stands)]
    between = proxy(config=f"""\
resolver = "{dns.config}"
listener = {{ here = {{ address = "127.0.0.1:PORT"
  clients = "127.0.0.0/8" forward-to = "localhost:9" }} }}
rules = ( {", ".join(rules)} )
""")
    for i, s in enumerate(stands):
        made = senders.Sender(between.port, source=f"127.0.1.{i + 1}")
        if made.hear()[0] == 220 and \
                made.say("EHLO client.test")[0] == 250 and \
                made.envelope() == [250, 250]:
            assert made.data(messages.dots())[0] == 250
            made.say("QUIT")
        made.close()
    return outcomes(stands), between.log()


def table(found):
    return "\n".join(
        f"{kind:16}" + "".join(f"{found[kind, level]:>14}" for level in LEVELS)
        for kind in KINDS)


def test_dane_means_what_postfixs_means(
        proxy, mailers, stands, resolver, dns, root):  # noqa: F811
    need_own_mounts()
    theirs, log = by_postfix(mailers, stands, resolver, root)
    forget(stands)
    ours, own = by_sallyport(proxy, dns, stands)
    print("Postfix\n" + table(theirs))
    assert table(ours) == table(theirs), log + own
    assert set(ours.values()) == {"deferred", "under TLS", "in plaintext"}
