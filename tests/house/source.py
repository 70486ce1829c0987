# SPDX-License-Identifier: ISC
"""Source files as the rules see them: found, read once, comments and texts
blanked out so that a rule meets code alone."""

import os
import re

C_SUFFIXES = (".c", ".h")
TEXT_SUFFIXES = (".c", ".h", ".def", ".py", ".sh", ".am", ".ac", ".conf",
                 ".dialogue", ".in", ".service", ".socket", ".md", ".txt",
                 ".5", ".8", ".ini", ".y", ".l")
TEXT_NAMES = ("README", "CHANGES", "LICENSE", "bootstrap", "run",
              ".clang-tidy", ".gitignore")
TOPS = ("policy", "proxy", "systemd", "tests", ".ci", "configure.ac",
        "Makefile.am", "README", "CHANGES", "bootstrap", ".clang-tidy",
        ".gitignore")


class Violation:
    """One place where a rule is broken."""

    def __init__(self, path, line, text, function=None):
        self.path = path
        self.line = line
        self.text = text
        self.function = function

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


class Source:
    """One file. Paths are relative to the top, with slashes."""

    def __init__(self, top, path):
        self.path = path
        with open(os.path.join(top, path), "rb") as file:
            raw = file.read()
        self.text = raw.decode("utf-8", "surrogateescape")
        self.lines = self.text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()

    @property
    def folder(self):
        return os.path.dirname(self.path)

    def code_lines(self):
        """The lines with comments and the insides of texts blanked out."""
        return blank(self.text).split("\n")


# A comment, a text or a character, whichever begins first.
TOKENS = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def blank(text):
    """C with each comment and text replaced by blanks, lines kept. The
    names in #include lines stay."""

    def replace(match):
        found = match.group(0)
        start = text.rfind("\n", 0, match.start()) + 1
        if found[0] == '"' and re.match(
                r"\s*#\s*include\s*$", text[start:match.start()]):
            return found
        return "".join("\n" if c == "\n" else " " for c in found)

    return TOKENS.sub(replace, text)


def walk(top):
    """The paths of every file that belongs to the project, sorted."""
    found = []
    for name in TOPS:
        whole = os.path.join(top, name)
        if os.path.isfile(whole):
            found.append(name)
        for folder, folders, files in os.walk(whole):
            folders[:] = [f for f in folders
                          if f != "__pycache__" and
                          (not f.startswith(".") or f == ".ci")]
            relative = os.path.relpath(folder, top)
            found += [f"{relative}/{name}" for name in files]
    return sorted(found)


class Tree:
    """The project under one folder."""

    def __init__(self, top):
        self.top = top
        self.paths = walk(top)
        self.read = {}

    def source(self, path):
        if path not in self.read:
            self.read[path] = Source(self.top, path)
        return self.read[path]

    def has(self, path):
        return os.path.exists(os.path.join(self.top, path))

    def select(self, *suffixes, under=("policy", "proxy", "tests")):
        return [self.source(p) for p in self.paths
                if p.endswith(suffixes) and p.split("/")[0] in under]

    def texts(self):
        return [self.source(p) for p in self.paths
                if p.endswith(TEXT_SUFFIXES) or
                os.path.basename(p) in TEXT_NAMES]
