#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The rules of the house over the project itself. Prints TAP, a case a rule.

    test_house.py [TOP]
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rules import RULES, Skip  # noqa: E402
from source import Tree  # noqa: E402


def read_allowed(path):
    """{(rule, place): reason}"""
    allowed = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                rule, place, reason = line.split(None, 2)
                allowed[(rule, place)] = reason
    return allowed


def broken(rule, tree, allowed):
    """The violations that are not let pass, as text; then the entries that
    let nothing pass."""
    used = set()
    texts = []
    for violation in RULES[rule](tree):
        places = {(rule, violation.path),
                  (rule, f"{violation.path}:{violation.function}")}
        if places & set(allowed):
            used |= places & set(allowed)
        else:
            texts.append(str(violation))
    texts += [f"allowed.txt: {place} needs no {rule} any more"
              for of, place in allowed if of == rule and
              (of, place) not in used]
    return texts


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    top = sys.argv[1] if len(sys.argv) > 1 else \
        os.path.dirname(os.path.dirname(here))
    tree = Tree(top)
    allowed = read_allowed(os.path.join(here, "allowed.txt"))
    failed = False
    print(f"1..{len(RULES)}")
    for number, rule in enumerate(RULES, 1):
        try:
            texts = broken(rule, tree, allowed)
        except Skip as reason:
            print(f"ok {number} - {rule} # SKIP {reason}")
            continue
        print(f"{'not ok' if texts else 'ok'} {number} - {rule}")
        for text in texts:
            print(f"# {text}")
        failed = failed or bool(texts)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
