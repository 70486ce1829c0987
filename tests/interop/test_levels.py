# SPDX-License-Identifier: ISC
"""Each level of a receiver beside Postfix's level of the same name: before the
same receivers both deliver or both defer, and both in the same protection."""

import hashlib
import ssl
import subprocess

import pytest

import messages
import proxy as proxies
import receiver as receivers
import sender as senders
from authority import past

LEVELS = ["none", "may", "encrypt", "fingerprint", "verify", "secure"]

LEAF = """\
[req]
distinguished_name = name
[name]
[localhost]
subjectAltName = DNS:localhost
[other]
subjectAltName = DNS:other.test
[wildcard]
subjectAltName = DNS:*.test
[client]
subjectAltName = DNS:localhost
extendedKeyUsage = clientAuth
"""

# What a receiver is like: (its certificate, its habit, its words).
KINDS = {
    "plain": ("good", "none"),
    "refusing": ("good", "refuse"),
    "good": ("good", "offer"),
    "demanding": ("good", "demand"),
    "self-signed": ("self-signed", "offer"),
    "stranger": ("stranger", "offer"),
    "other-name": ("other", "offer"),
    "wildcard": ("wildcard", "offer"),
    "common-name": ("common-name", "offer"),
    "expired": ("expired", "offer"),
    "client-alone": ("client", "offer"),
}
SAMPLE = ["plain", "refusing", "good", "self-signed", "other-name", "expired"]


class Authority:
    """Certificates of all kinds, each in a folder as receivers want it."""

    def __init__(self, root):
        self.root = root
        (root / "conf").write_text(LEAF)
        for name in ("ca", "unknown"):
            self.tool("req", "-x509", "-newkey", "rsa:2048", "-nodes",
                      "-days", "3", "-keyout", f"{name}.key", "-out",
                      f"{name}.pem", "-subj", f"/CN={name}")
        self.leaf("good", "localhost")
        self.leaf("other", "other")
        self.leaf("wildcard", "wildcard")
        self.leaf("client", "client")
        self.leaf("stranger", "localhost", authority="unknown")
        self.leaf("expired", "localhost", expired=True)
        self.leaf("common-name", None, subject="/CN=localhost")
        self.folder("self-signed")
        self.tool("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                  "3", "-keyout", "self-signed/mx.key", "-out",
                  "self-signed/mx.pem", "-subj", "/CN=localhost",
                  "-addext", "subjectAltName=DNS:localhost")

    def tool(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.root, check=True,
                       capture_output=True)

    def folder(self, name):
        (self.root / name).mkdir()

    def leaf(self, name, extensions, authority="ca", expired=False,
             subject="/CN=ignored"):
        self.folder(name)
        self.tool("req", "-newkey", "rsa:2048", "-nodes", "-keyout",
                  f"{name}/mx.key", "-out", f"{name}/csr", "-subj", subject,
                  "-config", "conf")
        extending = ["-extfile", str(self.root / "conf"), "-extensions",
                     extensions] if extensions else []
        if expired:
            past(self.root / name / "csr", self.root / authority,
                 self.root / name / "mx.pem", extending)
            return
        self.tool("x509", "-req", "-in", f"{name}/csr", "-CA",
                  f"{authority}.pem", "-CAkey", f"{authority}.key",
                  "-CAcreateserial", "-days", "3", "-out", f"{name}/mx.pem",
                  *extending)

    def digest(self, name):
        text = (self.root / name / "mx.pem").read_text()
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text)).hexdigest()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    path = tmp_path_factory.mktemp("levels")
    for parent in [path, *path.parents][:-2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    return Authority(path)


class Stand:
    """One receiver of a kind, for one level; what it got is what counts."""

    def __init__(self, authority, kind, level):
        certificate, habit = KINDS[kind]
        self.kind, self.level = kind, level
        self.receiver = receivers.Receiver(
            authority.root / certificate,
            tls="offer" if habit == "refuse" else habit)
        self.receiver.refuse_starttls = habit == "refuse"
        self.port = self.receiver.port
        # That of another certificate for one kind: no match.
        self.digest = authority.digest(
            "other" if kind == "stranger" else certificate)

    def outcome(self):
        got = self.receiver.envelopes
        return "deferred" if not got else \
            "under TLS" if got[0]["tls"] else "in plaintext"


def stands(authority, kinds):
    made = [Stand(authority, kind, level)
            for kind in kinds for level in LEVELS]
    return made


def by_postfix(mailers, authority, kinds):
    all_of_them = stands(authority, kinds)
    # Of its own, so that it is a Postfix of its own too: one that is there
    # already knows other receivers, and counts in its log.
    transport = authority.root / f"transport-{len(kinds)}"
    policy = authority.root / f"policy-{len(kinds)}"
    transport.write_text("".join(
        f"{s.kind}-{s.level}.example smtp:[localhost]:{s.port}\n"
        for s in all_of_them))
    policy.write_text("".join(
        f"[localhost]:{s.port} {s.level}"
        + (f" match={s.digest}" if s.level == "fingerprint" else "") + "\n"
        for s in all_of_them))
    origin = mailers(
        "postfix", transport_maps=f"texthash:{transport}",
        smtp_tls_policy_maps=f"texthash:{policy}",
        smtp_tls_fingerprint_digest="sha256",
        smtp_tls_CAfile=authority.root / "ca.pem",
        smtp_host_lookup="native", smtp_address_preference="ipv4",
        disable_dns_lookups="yes", virtual_mailbox_domains="")
    recipients = [f"b@{s.kind}-{s.level}.example" for s in all_of_them]
    for recipient in recipients:
        origin.send(messages.dots().replace(b"\r\n", b"\n"), "a@test",
                    [recipient])
    origin.tried(recipients)
    outcomes = {(s.kind, s.level): s.outcome() for s in all_of_them}
    for s in all_of_them:
        s.receiver.stop()
    return outcomes


def by_sallyport(proxy, authority, kinds):
    all_of_them = stands(authority, kinds)
    rules = []
    for i, s in enumerate(all_of_them):
        more = f'fingerprints = [ "{s.digest}" ]' \
            if s.level == "fingerprint" else ""
        rules.append(
            f'{{ client = [ "127.0.1.{i + 1}" ]'
            f' forward-to = [ "localhost:{s.port}" ]'
            f' receiver = {{ tls = "{s.level}" {more} }} }}')
    between = proxy(config=f"""\
receiver = {{ ca = [ "{authority.root}/ca.pem" ] }}
listener = {{ here = {{ address = [ "127.0.0.1:PORT" ]
  clients = [ "127.0.0.0/8" ]
  forward-to = [ "localhost:9" ] }} }}
rules = ( {", ".join(rules)} )
""")
    for i, s in enumerate(all_of_them):
        made = senders.Sender(between.port, source=f"127.0.1.{i + 1}")
        assert made.hear()[0] == 220
        if made.say("EHLO client.test")[0] == 250 and \
                made.envelope() == [250, 250]:
            assert made.data(messages.dots())[0] == 250
            made.say("QUIT")
        made.close()
    outcomes = {(s.kind, s.level): s.outcome() for s in all_of_them}
    for s in all_of_them:
        s.receiver.stop()
    return outcomes


def table(outcomes, kinds):
    lines = [f"{'':12}" + "".join(f"{level:>14}" for level in LEVELS)]
    for kind in kinds:
        lines.append(f"{kind:12}" + "".join(
            f"{outcomes[kind, level]:>14}" for level in LEVELS))
    return "\n".join(lines)


@pytest.mark.parametrize("kinds", [
    SAMPLE, pytest.param(list(KINDS), marks=pytest.mark.full)],
    ids=["sample", "all"])
def test_levels_mean_what_postfixs_mean(
        proxy, mailers, authority, kinds):
    theirs = by_postfix(mailers, authority, kinds)
    ours = by_sallyport(proxy, authority, kinds)
    print("Postfix\n" + table(theirs, kinds))
    assert table(ours, kinds) == table(theirs, kinds)
    # Not all the same, or nothing would have been compared.
    assert set(ours.values()) == {"deferred", "under TLS", "in plaintext"}


@pytest.mark.parametrize("level,fallback,outcome", [
    ("may", "plain", "in plaintext"), ("may", "defer", "deferred"),
    ("encrypt", "plain", "deferred"), ("verify", "plain", "deferred")])
def test_what_follows_a_failed_handshake(
        proxy, authority, level, fallback, outcome):
    """Postfix at may defers first, for it has a queue; we have none."""
    stand = Stand(authority, "good", level)
    stand.receiver.context.minimum_version = ssl.TLSVersion.TLSv1_3
    between = proxy(receiver=stand.port, receiver__tls=level,
                    receiver__fallback=fallback,
                    receiver__max_protocol="tls1.2")
    made = senders.Sender(between.port)
    made.hear()
    code, text = made.say("EHLO client.test")
    if code == 250:
        assert made.envelope() == [250, 250]
        assert made.data(messages.dots())[0] == 250
    else:
        assert code == 421 and "4.7.5" in text
    assert stand.outcome() == outcome
    made.close()
    stand.receiver.stop()


def revocations(authority, *revoked):
    """A list of the authority, with these leaves on it."""
    root = authority.root
    database = root / f"index-{len(revoked)}"
    config = root / f"ca-{len(revoked)}.conf"
    config.write_text(f"""\
[ca]
default_ca = it
[it]
database = {database}
certificate = {root}/ca.pem
private_key = {root}/ca.key
default_md = sha256
default_crl_days = 3
""")
    database.write_text("")
    for name in revoked:
        authority.tool("ca", "-config", config, "-revoke", f"{name}/mx.pem")
    crl = root / f"crl-{len(revoked)}.pem"
    authority.tool("ca", "-config", config, "-gencrl", "-out", crl)
    return crl


@pytest.mark.parametrize("level", ["verify", "secure"])
@pytest.mark.parametrize("revoked", [[], ["good"], ["good", "other"]])
def test_a_revoked_certificate_is_none(proxy, authority, level, revoked):
    stand = Stand(authority, "good", level)
    crl = revocations(authority, *revoked)
    between = proxy(receiver=stand.port, receiver__tls=level,
                    receiver__names="localhost", receiver__crl=crl,
                    receiver__ca=authority.root / "ca.pem")
    made = senders.Sender(between.port)
    made.hear()
    code, text = made.say("EHLO client.test")
    if revoked:
        assert code == 421 and "4.7.5" in text and "revoked" in text
    else:
        assert code == 250
    made.close()
    stand.receiver.stop()


def test_a_list_that_covers_nothing_of_it_is_none(proxy, authority):
    """A chain whose authority gave no list is not known to be good."""
    stand = Stand(authority, "stranger", "secure")
    crl = revocations(authority)
    between = proxy(receiver=stand.port, receiver__tls="secure",
                    receiver__names="localhost", receiver__crl=crl,
                    receiver__ca=authority.root / "unknown.pem")
    made = senders.Sender(between.port)
    made.hear()
    code, text = made.say("EHLO client.test")
    assert code == 421 and "revo" in text
    made.close()
    stand.receiver.stop()
