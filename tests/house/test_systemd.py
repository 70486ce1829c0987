#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What systemd itself thinks of systemd/: the units hold, stay confined, and
make the user that they run as. Prints TAP, a case a test."""

import os
import re
import shutil
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


def unit(folder, change=lambda text: text):
    """The service as it is installed, starting a program that exists."""
    program = os.path.join(folder, "sallyport")
    shutil.copy("/bin/true", program)
    path = os.path.join(folder, "sallyport.service")
    with open(path, "w", encoding="utf-8") as file:
        file.write(change(read("systemd/sallyport.service.in").replace(
            "@sbindir@", folder)))
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
    user = re.search(r"(?m)^User=(.*)$",
                     read("systemd/sallyport.service.in")).group(1)
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


def stopping_outlasts_draining(_folder):
    drain = re.search(r'"drain", "(\d+)s"', read("policy/settings.def"))
    stop = re.search(r"(?m)^TimeoutStopSec=(\d+)s$",
                     read("systemd/sallyport.service.in"))
    assert int(stop.group(1)) > int(drain.group(1))


TESTS = [units_are_accepted, a_wrong_unit_is_not_accepted,
         the_service_is_confined, a_service_let_loose_is_noticed,
         the_user_is_made, the_folders_are_made, stopping_outlasts_draining]


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
