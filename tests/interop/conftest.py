# SPDX-License-Identifier: ISC

import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import exim
import opensmtpd
import postfix
import proxy as proxy_module
import receiver as receiver_module
from dane_world import dns, world  # noqa: F401 (fixtures)

REQUEST = """\
[req]
distinguished_name = name
[name]
[leaf]
subjectAltName = DNS:mx.test,IP:127.0.0.1
"""


@pytest.fixture(scope="session")
def binary():
    path = os.environ.get("SALLYPORT", "./sallyport")
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path} is not built; make builds it")
    return pathlib.Path(path).resolve()


@pytest.fixture
def root():
    # Short: the path of a socket has to fit in 107 bytes.
    path = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def certificates():
    """ca.pem, and mx.pem with mx.key for mx.test and 127.0.0.1."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="certificates-", dir="/tmp"))
    path.chmod(0o755)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=path, check=True,
                       capture_output=True)
    (path / "conf").write_text(REQUEST)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3",
            "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "mx.key",
            "-out", "mx.csr", "-subj", "/CN=mx.test", "-config", "conf")
    openssl("x509", "-req", "-in", "mx.csr", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", "3", "-out", "mx.pem",
            "-extfile", "conf", "-extensions", "leaf")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def mint(root):
    """Makes a PEM file of a key and a certificate that signs itself, for a
    name; kind as openssl req -newkey takes it, ec for P-256."""
    def make(name, kind="rsa:2048"):
        path = root / f"{name}-{kind.replace(':', '-')}.pem"
        kinds = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] \
            if kind == "ec" else [kind]
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", *kinds, "-nodes", "-days",
             "3", "-keyout", "-", "-subj", f"/CN={name}", "-addext",
             f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
        path.write_bytes(made.stdout)
        path.chmod(0o600)
        return path
    return make


@pytest.fixture
def revoked(root, certificates):
    """Makes a revocation list of the test's authority."""
    def make(*names, hours=72):
        path = root / ("-".join(names) + ".crl")
        (root / "index").write_text("")
        (root / "number").write_text("01\n")
        (root / "ca.conf").write_text(
            f"[ca]\ndefault_ca = it\n[it]\ndatabase = {root}/index\n"
            f"crlnumber = {root}/number\ndefault_md = sha256\n"
            f"default_crl_hours = {hours}\n")
        command = ["openssl", "ca", "-config", root / "ca.conf", "-cert",
                   certificates / "ca.pem", "-keyfile",
                   certificates / "ca.key"]
        for name in names:
            subprocess.run([*command, "-revoke", certificates / name],
                           check=True, capture_output=True)
        subprocess.run([*command, "-gencrl", "-out", path], check=True,
                       capture_output=True)
        return path
    return make


@pytest.fixture
def proxy(binary, root):
    """Starts proxies; each is ended, and must end well."""
    started = []

    def start(*arguments, ready=True, **options):
        folder = root / f"proxy{len(started)}"
        folder.mkdir()
        made = proxy_module.Proxy(binary, folder, *arguments, **options)
        started.append(made)
        return made.until("READY=1") if ready else made
    yield start
    for made in started:
        status = made.stop()
        assert status == 0, made.log()


@pytest.fixture
def receiver(certificates):
    started = []

    def start(**options):
        made = receiver_module.Receiver(certificates, **options)
        started.append(made)
        return made
    yield start
    for made in started:
        made.stop()


MAILERS = {"postfix": (postfix.require, postfix.Postfix),
           "exim": (exim.require, exim.Exim),
           "opensmtpd": (opensmtpd.require, opensmtpd.OpenSMTPD)}


@pytest.fixture(scope="session")
def mailers(certificates):
    """Starts mail servers, each once for its settings; without mail."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="mailers-", dir="/tmp"))
    started = {}
    numbers = itertools.count()  # one that could not start takes one too

    def start(kind, tls="demand", **settings):
        key = repr((kind, tls, sorted(settings.items())))
        require, make = MAILERS[kind]
        require()
        if key not in started:
            started[key] = make(root / f"{kind}{next(numbers)}", certificates,
                                tls=tls, **settings)
        started[key].forget()
        return started[key]
    yield start
    for made in started.values():
        made.stop()
    shutil.rmtree(root, ignore_errors=True)
