# SPDX-License-Identifier: ISC
"""A certificate authority that makes certificates of every kind that is
wrong, with the openssl command."""

import pathlib
import re
import subprocess
import tempfile

EXTENSIONS = """\
[req]
distinguished_name = name
[name]
[leaf]
subjectAltName = DNS:mx.test,IP:127.0.0.1
[client]
subjectAltName = DNS:mx.test,IP:127.0.0.1
extendedKeyUsage = clientAuth
[strange]
subjectAltName = DNS:mx.test,IP:127.0.0.1
1.2.3.4 = critical,DER:0500
[ca]
basicConstraints = critical,CA:true
[ca0]
basicConstraints = critical,CA:true,pathlen:0
[noca]
basicConstraints = critical,CA:false
[narrow]
basicConstraints = critical,CA:true
nameConstraints = critical,permitted;DNS:other.test
"""
CA = """\
[ca]
default_ca = it
[it]
database = {root}/index
serial = {root}/serial
new_certs_dir = {root}
certificate = {root}/root.pem
private_key = {root}/root.key
default_md = sha256
default_days = 3
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


def past(request, signer, out, extensions=()):
    """A certificate for a request that has expired, by the authority of
    signer.pem and signer.key."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "ca.conf").write_text(CA.format(root=root))
        (root / "index").write_text("")
        # openssl x509 made such with -days -1, until it refused to.
        subprocess.run(
            ["openssl", "ca", "-batch", "-config", root / "ca.conf", "-in",
             request, "-out", out, "-notext", "-rand_serial", "-keyfile",
             f"{signer}.key", "-cert", f"{signer}.pem", "-startdate",
             "20200101000000Z", "-enddate", "20200201000000Z", *extensions],
            check=True, capture_output=True)


def expired(root, pem):
    """The same name for the same key, in the past."""
    for end in "pem", "key":
        (root / f"it.{end}").write_bytes(pem.read_bytes())
    subprocess.run(
        ["openssl", "x509", "-x509toreq", "-in", "it.pem", "-signkey",
         "it.key", "-out", "it.csr"], cwd=root, check=True,
        capture_output=True)
    old = root / "expired.pem"
    past(root / "it.csr", root / "it", old)
    old.write_bytes(old.read_bytes() + re.search(
        rb"-----BEGIN PRIVATE.*", pem.read_bytes(), re.S).group())
    old.chmod(0o600)
    return old


class Authority:
    """Makes certificates of every kind that is wrong."""

    def __init__(self, root):
        self.root = root
        (root / "ext").write_text(EXTENSIONS)
        (root / "ca.conf").write_text(CA.format(root=root))
        (root / "index").write_text("")
        (root / "serial").write_text("1000\n")
        self.issue("root", None, "ca")

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)],
                              cwd=self.root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def key(self, name, bits):
        # One of each length is enough.
        common = self.root / f"common-{bits}.key"
        if not common.exists():
            self.openssl("genrsa", "-out", common, bits)
        (self.root / f"{name}.key").write_bytes(common.read_bytes())

    def issue(self, name, issuer, section="leaf", bits=2048, digest="sha256",
              start=None, end=None):
        self.key(name, bits)
        self.openssl("req", "-new", "-key", f"{name}.key", "-out",
                     f"{name}.csr", "-subj", f"/CN={name}", "-config", "ext")
        signer = ["-selfsign"] if issuer is None else []
        self.openssl(
            "ca", "-batch", "-config", "ca.conf", "-in", f"{name}.csr",
            "-out", f"{name}.pem", "-notext", "-md", digest, *signer,
            "-keyfile", f"{issuer or name}.key", "-cert",
            f"{issuer or name}.pem", "-extfile", "ext", "-extensions",
            section, "-startdate", start or "20200101000000Z",
            "-enddate", end or "20400101000000Z")
        (self.root / "index").write_text("")

    def chain(self, *names):
        path = self.root / ("-".join(names) + ".chain")
        path.write_text("".join((self.root / f"{name}.pem").read_text()
                                for name in names))
        return path

    def crl(self, name, *revoked, signer="root", last=None, next_=None):
        lines = [f"R\t400101000000Z\t{'210101000000Z'}\t{serial}\tunknown\t"
                 f"/CN=x" for serial in revoked]
        (self.root / "index").write_text("".join(s + "\n" for s in lines))
        times = ["-crl_lastupdate", last or "20200101000000Z",
                 "-crl_nextupdate", next_ or "20400101000000Z"]
        self.openssl("ca", "-config", "ca.conf", "-gencrl", "-out",
                     f"{name}.crl", "-keyfile", f"{signer}.key", "-cert",
                     f"{signer}.pem", *times)
        (self.root / "index").write_text("")
        return self.root / f"{name}.crl"

    def serial_of(self, name):
        done = subprocess.run(
            ["openssl", "x509", "-in", f"{name}.pem", "-noout", "-serial"],
            cwd=self.root, capture_output=True, text=True)
        return done.stdout.strip().split("=")[1]
