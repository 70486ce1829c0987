#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What systemd itself thinks of systemd/: the units hold, stay confined, and
make the user that they run as. Of the service, what make made of it is asked
for, as it is installed. Prints TAP, a case a test."""

import ctypes
import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
# In tenths, as systemd-analyze counts: 0 is sealed, 100 is bare.
EXPOSURE = 20


class Skip(Exception):
    """The case cannot be tested here, and says why."""


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def run(program, *arguments):
    if shutil.which(program) is None:
        raise Skip(f"there is no {program}")
    done = subprocess.run([program, *arguments], capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def service():
    """The service as it is installed."""
    with open(os.path.join(os.environ["builddir"],
                           "systemd/sallyport.service"),
              encoding="utf-8") as file:
        return file.read()


def unit(folder, change=lambda text: text):
    """The same, starting a program that exists."""
    program = os.path.join(folder, "sallyport")
    shutil.copy("/bin/true", program)
    path = os.path.join(folder, "sallyport.service")
    with open(path, "w", encoding="utf-8") as file:
        file.write(change(re.sub(r"(?m)^(Exec\w+=)/\S+", r"\1" + program,
                                 service())))
    shutil.copy(os.path.join(TOP, "systemd/sallyport.socket"), folder)
    return path


def verify(folder, change=lambda text: text):
    status, text = run("systemd-analyze", "verify", "--man=no",
                       unit(folder, change),
                       os.path.join(folder, "sallyport.socket"))
    return text if status else text.strip()


def security(folder, change=lambda text: text):
    status, text = run("systemd-analyze", "security", "--no-pager",
                       "--offline=true", f"--threshold={EXPOSURE}",
                       unit(folder, change))
    if "unrecognized option" in text:
        raise Skip("this systemd-analyze judges no unit that does not run")
    return status, text


def calls_of(name):
    """The system calls that a name in SystemCallFilter= stands for."""
    if not name.startswith("@"):
        return {name}
    status, text = run("systemd-analyze", "syscall-filter", "--no-pager", name)
    assert status == 0, text
    words = [line.strip() for line in text.splitlines()[1:]]
    return set().union(*(calls_of(word) for word in words
                         if word and not word.startswith("#")))


def allowed_calls():
    """What the lines of the unit allow, taken together as systemd does."""
    allowed = set()
    for line in re.findall(r"(?m)^SystemCallFilter=(.*)$", service()):
        calls = set().union(*map(calls_of, line.lstrip("~").split()))
        allowed = allowed - calls if line[0] == "~" else allowed | calls
    return allowed


def seccomp():
    try:
        return ctypes.CDLL("libseccomp.so.2")
    except OSError as reason:
        raise Skip("there is no libseccomp") from reason


def forbid_all_but(library, names):
    """Loads such a filter in this process and those that it becomes."""
    library.seccomp_init.restype = ctypes.c_void_p
    refuse, allow = 0x00050000 | errno.EPERM, 0x7fff0000
    context = ctypes.c_void_p(library.seccomp_init(refuse))
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            library.seccomp_rule_add(context, allow, number, 0)
    assert library.seccomp_load(context) == 0


def confined(folder, names):
    """How a process of the service begins."""
    library = seccomp()
    assert re.search("(?m)^RuntimeDirectory=", service())
    return {"env": dict(os.environ, RUNTIME_DIRECTORY=folder,
                        NOTIFY_SOCKET=os.path.join(folder, "notify"),
                        ASAN_OPTIONS="detect_leaks=0"),
            "preexec_fn": lambda: forbid_all_but(library, names)}


def configure(folder, level="offer"):
    """A configuration; its port is chosen the first time."""
    path = os.path.join(folder, "sallyport.conf")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            text = re.sub("tls = .*? }", f'tls = "{level}" }}', file.read())
    else:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        text = (f'listener = {{ in = {{ address = "127.0.0.1:{port}" '
                'forward-to = "127.0.0.1:9" '
                f'sender = {{ tls = "{level}" }} }} }}\n')
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def start(folder, names, meanwhile=lambda process: None):
    """The program under that filter; returns the first that its manager
    hears of it, or what it said instead."""
    options = confined(folder, names)
    place = os.path.join(folder, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(place)
        manager.settimeout(0.1)
        with subprocess.Popen(
                [os.environ["SALLYPORT"], "-c", configure(folder)],
                stderr=subprocess.PIPE, text=True, **options) as program:
            heard = None
            while heard is None and program.poll() is None:
                try:
                    heard = manager.recv(4096).decode()
                except TimeoutError:
                    pass
            try:
                if heard is not None:
                    meanwhile(program.pid)
            finally:
                program.terminate()
            said = program.communicate()[1]
    return program.returncode, heard or said


def the_service_can_begin_and_end_confined(folder):
    status, told = start(folder, allowed_calls())
    assert (status, told) == (0, "READY=1"), told


def a_call_that_it_needs_and_may_not_is_noticed(folder):
    if "libcap" not in run(os.environ["SALLYPORT"], "--version")[1]:
        raise Skip("without libcap it gives up no rights")
    status, told = start(folder, allowed_calls() - {"capset", "seccomp"})
    assert status == 1 and "Operation not permitted" in told, told


def reload(folder, names, process):
    """The service's ExecReload= under that filter; its exit status."""
    commands = re.findall("(?m)^ExecReload=(.*)$", service())
    assert len(commands) == 1, commands
    words = [str(process) if word == "$MAINPID" else word
             for word in commands[0].split()]
    return subprocess.run([os.environ["SALLYPORT"], *words[1:]], check=False,
                          stderr=subprocess.DEVNULL,
                          **confined(folder, names)).returncode


def a_reload_confined_succeeds_where_it_was_taken(folder):
    allowed, found = allowed_calls(), []

    def meanwhile(process):
        for level, names in (("none", allowed), ("often", allowed),
                             ("offer", allowed), ("offer", allowed - {"kill"})):
            configure(folder, level)
            found.append(reload(folder, names, process))

    told = start(folder, allowed, meanwhile)
    assert told == (0, "READY=1"), told
    assert found == [0, 1, 0, 1], found


def units_are_accepted(folder):
    text = verify(folder)
    assert text == "", text


def a_wrong_unit_is_not_accepted(folder):
    text = verify(folder, lambda text: text.replace("Type=notify",
                                                    "Type=nonsense"))
    assert "nonsense" in text, text


def the_service_is_confined(folder):
    status, text = security(folder)
    assert status == 0, text[-200:]


def a_service_let_loose_is_noticed(folder):
    status, text = security(folder, lambda text: re.sub(
        r"(?m)^(SystemCall|Protect|Restrict|Capability).*\n", "", text))
    assert status != 0, text[-200:]


def the_user_is_made(folder):
    os.mkdir(os.path.join(folder, "etc"))
    status, text = run("systemd-sysusers", f"--root={folder}",
                       os.path.join(TOP, "systemd/sysusers.d/sallyport.conf"))
    if status and os.geteuid() != 0:
        raise Skip("only root may make users, even below another folder")
    assert status == 0, text
    with open(os.path.join(folder, "etc/passwd"), encoding="utf-8") as file:
        made = [line.split(":")[0] for line in file]
    user = re.search(r"(?m)^User=(.*)$", service()).group(1)
    assert made == [user], made


def the_folders_are_made(folder):
    if os.geteuid() != 0:
        raise Skip("only root may give folders away")
    the_user_is_made(folder)
    status, text = run("systemd-tmpfiles", f"--root={folder}", "--create",
                       os.path.join(TOP, "systemd/tmpfiles.d/sallyport.conf"))
    assert status == 0, text
    for path, mode in (("etc/sallyport", 0o750), ("var/lib/sallyport", 0o700)):
        found = os.stat(os.path.join(folder, path)).st_mode & 0o7777
        assert found == mode, f"{path} has mode {found:o}"


def the_configuration_cannot_be_written_to(_folder):
    assert "\nProtectSystem=strict\n" in service()
    assert not re.search(r"(?m)^(ConfigurationDirectory|ReadWritePaths)=",
                         service())


def stopping_outlasts_draining(_folder):
    drain = re.search(r'"drain", "(\d+)s"', read("policy/settings.def"))
    stop = re.search(r"(?m)^TimeoutStopSec=(\d+)s$", service())
    assert int(stop.group(1)) > int(drain.group(1))


def starting_is_never_given_up(_folder):
    # systemd's own limit: more than 5 starts in 10 seconds.
    pause = re.search(r"(?m)^RestartSec=(\d+)s$", service())
    assert 5 * int(pause.group(1)) > 10


TESTS = [units_are_accepted, a_wrong_unit_is_not_accepted,
         the_service_can_begin_and_end_confined,
         a_call_that_it_needs_and_may_not_is_noticed,
         a_reload_confined_succeeds_where_it_was_taken,
         the_service_is_confined, a_service_let_loose_is_noticed,
         the_user_is_made, the_folders_are_made,
         the_configuration_cannot_be_written_to, stopping_outlasts_draining,
         starting_is_never_given_up]


def main():
    failed = False
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        result, said, note = "ok", "", ""
        with tempfile.TemporaryDirectory(prefix="sallyport-") as folder:
            try:
                test(folder)
            except Skip as reason:
                note = f" # SKIP {reason}"
            except AssertionError as fault:
                result, said, failed = "not ok", str(fault), True
        print(f"{result} {number} - {test.__name__}{note}")
        for line in said.splitlines():
            print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
