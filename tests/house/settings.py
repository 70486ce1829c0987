# SPDX-License-Identifier: ISC
"""Each setting that is BUILT, and each word of a choice, changes what the
program does, and a test shows it. tests/house/settings.txt says which."""

import re

from source import Violation

TABLE = "tests/house/settings.txt"
SETTINGS = "policy/settings.def"
CHOICES = "policy/choice.def"

ROW = re.compile(r'([A-Z]+)\(([A-Z_]+), \w+, "([a-z0-9-]+)",.*?'
                 r'\b(BUILT|NOT_BUILT), "')
KIND = re.compile(r"CHOICES\((\w+),")
WORD = re.compile(r'CHOICE\(\w+, \w+, "([^"]+)", (BUILT|NOT_BUILT),')


def rows(tree):
    """(dotted name, kind, whether built, line) of each setting."""
    for number, line in enumerate(tree.source(SETTINGS).lines, 1):
        match = ROW.match(line)
        if match:
            scope, kind, name, built = match.groups()
            prefix = "" if scope == "TOP" else scope.lower() + "."
            yield prefix + name, kind, built == "BUILT", number


def words(tree):
    """(kind, word, line) of each choice that is built."""
    if not tree.has(CHOICES):
        return
    kind = None
    for number, line in enumerate(tree.source(CHOICES).lines, 1):
        if KIND.match(line):
            kind = KIND.match(line).group(1)
        match = WORD.match(line)
        if match and match.group(2) == "BUILT":
            yield kind, match.group(1), number


def table(tree):
    """(name, word or None, path, test or None, line) of each entry."""
    if not tree.has(TABLE):
        return
    for number, line in enumerate(tree.source(TABLE).lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        what, _, where = line.partition(" ")
        name, _, word = what.partition("=")
        path, _, test = where.strip().partition(":")
        yield name, word or None, path, test or None, number


def body(text, test):
    """The text of a test: of a function of Python or C; None without it."""
    match = re.search(rf"^def {re.escape(test)}\(.*?(?=^\S|\Z)", text,
                      re.M | re.S) or \
        re.search(rf"^{re.escape(test)}\(void \*\*state\)\n\{{.*?^\}}", text,
                  re.M | re.S)
    return match.group(0) if match else None


def wrong(tree, name, word, path, test):
    """Why an entry shows nothing; None if it can."""
    if not re.match(r"tests/(interop|netns|faults|unit|dialogues)/", path) or \
            not tree.has(path):
        return f"there is no test {path}"
    text = tree.source(path).text
    if not path.endswith(".dialogue") and (
            test is None or body(text, test) is None):
        return f"{path} has no test {test}"
    last = name.split(".")[-1]
    if not re.search(rf"(?<![a-z-]){last.replace('-', '[-_]')}(?![a-z-])",
                     text):
        return f"{path} never sets {last}"
    if word is not None and word not in text:
        return f"{path} never says {word}"
    return None


ADVICE = ("is BUILT, and no test shows that it changes what the program does: "
          "write one, and name it in " + TABLE + " as\n"
          "#     {0}  tests/interop/test_FILE.py:test_NAME\n"
          "# (tests/README says more)")


def check(tree):
    if not tree.has(SETTINGS):
        return
    known = {name: (kind, built) for name, kind, built, _ in rows(tree)}
    tested, chosen = set(), set()
    for name, word, path, test, line in table(tree):
        fault = wrong(tree, name, word, path, test)
        if name not in known or not known[name][1]:
            fault = f"there is no setting {name} that is BUILT"
        if fault:
            yield Violation(TABLE, line, fault)
            continue
        tested.add(name)
        chosen.add((known[name][0], word))
    for name, _, built, line in rows(tree):
        if built and name not in tested:
            yield Violation(SETTINGS, line, f"{name} " + ADVICE.format(name),
                            name)
    for kind, word, line in words(tree):
        example = next((n for n, (k, _) in known.items() if k == kind), kind)
        if (kind, word) not in chosen:
            what = f"{example}={word}"
            yield Violation(CHOICES, line, f"{what} " + ADVICE.format(what),
                            what)
