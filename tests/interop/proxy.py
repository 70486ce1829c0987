# SPDX-License-Identifier: ISC
"""The built sallyport as a process, watched as systemd would watch it."""

import fcntl
import os
import pathlib
import random
import re
import shlex
import signal
import socket
import subprocess
import time

import pytest


def need_own_mounts():
    """Skips where mounts cannot be this test's alone: they would be the
    system's, and hide its files."""
    if os.geteuid() != 0:
        pytest.skip("mounts need root")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True,
                      check=False).returncode != 0:
        pytest.skip("no mount namespace of one's own, as in a chroot")


# In a mount namespace of its own the socket is where the system's would be.
PLACES = {
    "syslog": "mount -t tmpfs none /dev && mknod /dev/null c 1 3 && "
    "mknod /dev/urandom c 1 9 && touch /dev/log && "
    "mount --bind SOCKET /dev/log",
    "journal": "mount -t tmpfs none /run && mkdir -p /run/systemd/journal && "
    "touch /run/systemd/journal/socket && "
    "mount --bind SOCKET /run/systemd/journal/socket"}


def log_socket(destination, path):
    """Plays syslog or the journal at path: the socket that hears what is
    logged, and the prefix of a proxy that logs to it."""
    need_own_mounts()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(path))
    made.settimeout(10)
    place = PLACES[destination].replace("SOCKET", str(path))
    return made, ["unshare", "--mount", "sh", "-ec", f'{place}; exec "$@"',
                  "sh"]


def need_spoofing():
    """Skips where CAP_NET_RAW is not to be had."""
    status = pathlib.Path("/proc/self/status").read_text()
    if not int(re.search(r"CapEff:\s*(\w+)", status)[1], 16) >> 13 & 1:
        pytest.skip("identity = spoof needs CAP_NET_RAW")


def free_port():
    """A port at which nobody listens, and which the system gives to nobody
    that connects until a test has use for it. Just below these: what tshark
    knows a protocol for it would read as that."""
    given = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
                .read_text().split()[0])
    while True:
        port = random.randrange(max(given - 1700, 1024), given)
        with socket.socket() as stream, \
                socket.socket(type=socket.SOCK_DGRAM) as datagram:
            try:
                stream.bind(("", port))
                datagram.bind(("", port))
            except OSError:
                continue
            return port


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def fields(line):
    """key=value of a line of the log, as a dictionary."""
    return dict(part.split("=", 1) for part in shlex.split(line)
                if "=" in part)


class Proxy:
    """sallyport between a port of its own and receiver, ready for senders.

    settings are dotted names with _ for - and __ for the dot; a configuration
    file takes their place where config is given. prefix is a command that
    execs what follows it."""

    def __init__(self, binary, root, *arguments, receiver=None, config=None,
                 sockets=None, env=None, prefix=(), **settings):
        self.root = pathlib.Path(root)
        self.port = free_port()
        self.errors = self.root / "sallyport.log"
        command = [*prefix, str(binary)]
        if config is not None:
            self.config = self.root / "sallyport.conf"
            self.config.write_text(config.replace(":PORT", f":{self.port}"))
            command += ["-c", str(self.config)]
        else:
            command += ["-l", f"127.0.0.1:{self.port}",
                        "-f", receiver if isinstance(receiver, str)
                        else f"127.0.0.1:{receiver}"]
        for name, value in settings.items():
            key = name.replace("__", ".").replace("_", "-")
            command += ["--set", f"{key}={value}"]
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.root / "notify"))
        self.notify.settimeout(10)
        environment = dict(os.environ, NOTIFY_SOCKET=str(self.root / "notify"),
                           **(env or {}))
        before = None
        pass_fds = ()
        high = []
        if sockets:
            command = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", *command]
            environment["LISTEN_FDS"] = str(len(sockets))
            pass_fds = tuple(range(3, 3 + len(sockets)))
            # Free numbers, not chosen ones: a thread that waits in accept()
            # holds the number that its connection will get.
            high = [fcntl.fcntl(s.fileno(), fcntl.F_DUPFD, 100)
                    for s in sockets]

            def before():
                for i, file in enumerate(high):
                    os.dup2(file, 3 + i)
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                command + list(arguments), stderr=errors,
                stdout=subprocess.DEVNULL, env=environment,
                preexec_fn=before, close_fds=not sockets, pass_fds=pass_fds
                if not sockets else ())
        for file in high:
            os.close(file)
        self.heard = []

    def until(self, state, seconds=30):
        """Waits until the service manager was told state; long, for a
        machine that has much else to do."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(state in message for message in self.heard):
                return self
            if self.process.poll() is not None:
                raise AssertionError(f"sallyport ended:\n{self.log()}")
            self.notify.settimeout(0.2)
            try:
                self.heard.append(self.notify.recv(4096).decode())
            except socket.timeout:
                pass
        raise AssertionError(f"{state} was not heard\n{self.log()}")

    def log(self):
        return self.errors.read_text(errors="replace")

    def line(self, pattern, seconds=10):
        """Waits for a line of the log that matches."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log().splitlines():
                if re.search(pattern, line):
                    return line
            time.sleep(0.02)
        raise AssertionError(f"no line {pattern!r} in\n{self.log()}")

    def session(self):
        """The fields of the first session that ended."""
        return fields(self.line(r"\breason=[a-z-]+ duration="))

    def sessions(self, count, seconds=10):
        """The fields of each session, once count of them ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ended = re.findall(r".*\breason=[a-z-]+ duration=.*", self.log())
            if len(ended) >= count:
                return [fields(line) for line in ended]
            time.sleep(0.02)
        raise AssertionError(f"fewer than {count} sessions\n{self.log()}")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends it; its exit status."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"SIGTERM did not end it\n{self.log()}")
        self.notify.close()
        return self.process.returncode
