#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What the taps of -d and --pcap cost a message of 8 kB: instructions of
sallyport's own code, counted by valgrind, of sessions that nobody watches, of
the same built without taps, and of watched ones. Prints, judges nothing."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("builddir", ".")
FEW, MANY = 50, 250


def instructions(program, messages, folder, *arguments):
    """(of proxy/ but for the waiting of its loop, of everything)"""
    counts = os.path.join(folder, "counts")
    subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}",
         os.path.join(BUILD, "tests", "bench", program), str(messages),
         *arguments], check=True, capture_output=True)
    told = subprocess.run(
        ["callgrind_annotate", "--threshold=100", "--auto=no", counts],
        check=True, capture_output=True, text=True).stdout
    ours = everything = 0
    for line in told.splitlines():
        found = re.match(r"\s*([0-9,]+)\s*\([0-9. ]+%\)\s+(\S+)", line)
        if not found:
            continue
        count = int(found.group(1).replace(",", ""))
        if found.group(2) == "PROGRAM":
            everything = count
        elif re.search("proxy/(?!net/loop)", found.group(2)):
            ours += count
    return ours, everything


def a_message(program, folder, *arguments):
    few = instructions(program, FEW, folder, *arguments)
    many = instructions(program, MANY, folder, *arguments)
    return [(much - little) / (MANY - FEW)
            for much, little in zip(many, few)]


def main():
    if shutil.which("valgrind") is None:
        print("taps: not measured, as there is no valgrind")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, "pcap")
        rows = [("without taps", "bench_tapless", []),
                ("nobody watches", "bench_taps", []),
                ("-d and --pcap", "bench_taps", [capture])]
        base = None
        for name, program, arguments in rows:
            ours, everything = a_message(program, folder, *arguments)
            base = base or ours
            print(f"taps: {name:16} {ours:9.1f} instructions a message "
                  f"({(ours - base) / base * 100:+6.2f} %), with libraries "
                  f"and both peers {everything:9.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
