# SPDX-License-Identifier: ISC
"""The rules of the house. Each takes a Tree and yields Violations."""

import os
import re
import shutil
import subprocess

import layers
import settings
from source import C_SUFFIXES, Violation

FILE_LINES = 400
FUNCTION_LINES = 60
NESTING = 3


def file_length(tree):
    """No file is longer than 400 lines; tables (.def) are excepted."""
    for source in tree.select(*C_SUFFIXES, ".py"):
        if len(source.lines) > FILE_LINES:
            yield Violation(source.path, len(source.lines),
                            f"has {len(source.lines)} lines, "
                            f"{FILE_LINES} are allowed")


def functions(source):
    """(name, first line, code lines of the body) of each function: its
    braces stand alone in the first column."""
    lines = source.code_lines()
    start = None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            start = number
        elif line.rstrip() == "}" and start is not None:
            yield name_above(lines, start), start + 1, lines[start:number + 1]
            start = None


def name_above(lines, start):
    for line in reversed(lines[max(0, start - 12):start]):
        match = re.match(r"(\w+)\(", line)
        if match:
            return match.group(1)
    return "?"


def without_tables(body):
    """The body less the rows of the tables that are defined in it."""
    depth = 0
    for line in body:
        inside = depth > 0
        if inside or re.search(r"=\s*\{\s*$", line):
            depth += line.count("{") - line.count("}")
        if not inside:
            yield line


def function_length(tree):
    """No function is longer than 60 lines, its tables aside."""
    for source in tree.select(*C_SUFFIXES):
        for name, line, body in functions(source):
            size = len(list(without_tables(body)))
            if size > FUNCTION_LINES:
                yield Violation(source.path, line,
                                f"{name} has {size} lines, "
                                f"{FUNCTION_LINES} are allowed", name)


def nesting(tree):
    """No more than 3 levels of blocks inside a function."""
    for source in tree.select(*C_SUFFIXES):
        for name, line, body in functions(source):
            depth = deepest = 0
            for text in without_tables(body):
                for brace in re.findall(r"[{}]", text):
                    depth += 1 if brace == "{" else -1
                    deepest = max(deepest, depth)
            if deepest - 1 > NESTING:
                yield Violation(source.path, line,
                                f"{name} nests {deepest - 1} levels, "
                                f"{NESTING} are allowed", name)


BANNED = {
    "strcpy": "bytes_copy_text", "stpcpy": "bytes_copy_text",
    "strncpy": "bytes_copy_text", "strcat": "a writer",
    "strncat": "a writer", "sprintf": "snprintf", "vsprintf": "vsnprintf",
    "strtok": "a reader", "strtok_r": "a reader", "gets": "fgets",
    "atoi": "strtoul with its end checked",
    "atol": "strtoul with its end checked",
    "atoll": "strtoul with its end checked",
    "atof": "strtod with its end checked",
    "scanf": "a reader", "fscanf": "a reader", "sscanf": "a reader",
    "alloca": "malloc", "system": "posix_spawn", "popen": "posix_spawn",
    "rand": "RAND_bytes", "srand": "RAND_bytes", "random": "RAND_bytes",
    "tmpnam": "mkstemp", "mktemp": "mkstemp", "ctime": "strftime",
    "asctime": "strftime", "bcopy": "bytes_copy",
}
CALL = re.compile(r"(?<![\w.>])(\w+)\s*\(")


def banned_calls(tree):
    """Functions that overrun, or hide errors, have better ones. memcpy is
    for base/ alone, and for policy/, which cannot see base/."""
    for source in tree.select(*C_SUFFIXES, ".def"):
        raw = not source.path.startswith("proxy/") or \
            source.path.startswith("proxy/base/")
        for number, line in enumerate(source.code_lines(), 1):
            for name in CALL.findall(line):
                better = BANNED.get(name)
                if name == "memcpy" and not raw:
                    better = "bytes_copy"
                if better:
                    yield Violation(source.path, number,
                                    f"{name} is banned: use {better}")


def licence_line(tree):
    """Each source begins by saying its licence."""
    for source in tree.select(*C_SUFFIXES):
        if source.lines[:1] != ["// SPDX-License-Identifier: ISC"]:
            yield Violation(source.path, 1, "the first line is not "
                            "// SPDX-License-Identifier: ISC")
    for source in tree.select(".py", ".sh"):
        if "# SPDX-License-Identifier: ISC" not in source.lines[:2]:
            yield Violation(source.path, 1, "neither of the first two lines "
                            "is # SPDX-License-Identifier: ISC")


def include_guards(tree):
    """Each header is guarded, by a name of its own."""
    seen = {}
    for source in tree.select(".h"):
        code = [line for line in source.code_lines() if line.strip()]
        match = re.match(r"#ifndef (\w+_H)$", code[0] if code else "")
        if match is None or code[1:2] != [f"#define {match.group(1)}"]:
            yield Violation(source.path, 1, "has no include guard")
        elif match.group(1) in seen:
            yield Violation(source.path, 1, f"{match.group(1)} guards "
                            f"{seen[match.group(1)]} too")
        else:
            seen[match.group(1)] = source.path


def whitespace(tree):
    """No blanks at a line's end, no CR, a newline at each file's end, no
    comment beyond 80 columns."""
    for source in tree.texts():
        if source.text and not source.text.endswith("\n"):
            yield Violation(source.path, len(source.lines),
                            "does not end with a newline")
        for number, line in enumerate(source.lines, 1):
            if line != line.rstrip(" \t\r"):
                yield Violation(source.path, number, "ends with blanks")
            # Comments are not clang-format's.
            wide = len(line.expandtabs(8))
            if (source.path.endswith((".c", ".h")) and wide > 80 and
                    line.lstrip().startswith("//")):
                yield Violation(source.path, number,
                                f"a comment of {wide} columns")


# Written in pieces, so that this file does not break its own rule.
MARKS = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X"]) +
                   r")\b")
PLACES = re.compile("|".join(
    ["/wo" "rk/", "/fa" "rm/", "/ro" "ot/", "/tmp/" "w/", "/ho" "me/[a-z]",
     r"deb\.deb" "ian", "snapshot\\.deb" "ian", "registry\\.np" "mjs"]))


def leftovers(tree):
    """No mark of unfinished work, no path or host of one machine."""
    for source in tree.texts():
        for number, line in enumerate(source.lines, 1):
            if MARKS.search(line):
                yield Violation(source.path, number, "unfinished work")
            if PLACES.search(line):
                yield Violation(source.path, number,
                                "a path or host of one machine")


def is_built(path):
    """Whether the Makefile has to name this file, and as what."""
    folder, name = os.path.split(path)
    if folder.startswith(("policy", "proxy")) and name.endswith(".c"):
        return path
    if re.fullmatch(r"tests/\w+/(test|fuzz)_\w+\.c", path):
        return path[:-2]
    if re.fullmatch(r"tests/house/test_\w+\.py", path):
        return path
    return None


def everything_is_built(tree):
    """A source that the Makefile does not name is neither built nor run,
    and a test that is not run cannot fail."""
    named = set()
    if tree.has("Makefile.am"):
        named = set(re.findall(r"[\w./]+", "\n".join(
            line for line in tree.source("Makefile.am").lines
            if not line.startswith("#"))))
    for path in tree.paths:
        wanted = is_built(path)
        if wanted and wanted not in named and path not in named:
            yield Violation(path, 1, "is not named in Makefile.am")


SETTING = re.compile(r'^\s*[A-Z_]+\([^"]*"([a-z][a-z0-9-]*)"')
MANUAL = "policy/sallyport.conf.5"


def settings_are_documented(tree):
    """Each setting of settings.def stands in the manual."""
    if not tree.has("policy/settings.def") or not tree.has(MANUAL):
        return
    manual = "\n".join(tree.source(MANUAL).lines).replace("\\-", "-")
    source = tree.source("policy/settings.def")
    for number, line in enumerate(source.lines, 1):
        match = SETTING.match(line)
        if match and not re.search(
                rf"(?<![\w-]){re.escape(match.group(1))}(?![\w-])", manual):
            yield Violation(source.path, number,
                            f"{match.group(1)} is not in {MANUAL}")


class Skip(Exception):
    """The rule cannot be checked here, and says why."""


FORMATTER = "14"


def formatting(tree):
    """clang-format would change nothing."""
    program = shutil.which(f"clang-format-{FORMATTER}") or \
        shutil.which("clang-format")
    if program is None:
        raise Skip("there is no clang-format")
    version = subprocess.run([program, "--version"], capture_output=True,
                             text=True, check=True).stdout
    if not re.search(rf"version {FORMATTER}\.", version):
        raise Skip(f"clang-format is not of version {FORMATTER}, "
                   "and each version formats otherwise")
    paths = [s.path for s in tree.select(*C_SUFFIXES)]
    if not paths:
        return
    run = subprocess.run([program, "--dry-run", *paths], cwd=tree.top,
                         capture_output=True, text=True, check=False)
    seen = set()
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: ", run.stderr, re.M):
        if path not in seen:
            seen.add(path)
            yield Violation(path, int(line), "is not formatted")
    if run.returncode != 0 and not seen:
        yield Violation(".clang-format", 1, run.stderr.strip())


RULES = {
    "layers": layers.check,
    "file-length": file_length,
    "function-length": function_length,
    "nesting": nesting,
    "banned-calls": banned_calls,
    "licence-line": licence_line,
    "include-guards": include_guards,
    "whitespace": whitespace,
    "leftovers": leftovers,
    "everything-is-built": everything_is_built,
    "settings-are-documented": settings_are_documented,
    "settings-are-tested": settings.check,
    "formatting": formatting,
}
