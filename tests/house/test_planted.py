#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Each rule of the house finds what is planted for it, and lets the like
pass that is allowed. Prints TAP, a case a plant."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rules import RULES, Skip  # noqa: E402
from source import Tree  # noqa: E402

LICENCE = "// SPDX-License-Identifier: ISC\n"


def function(lines, before=""):
    """A function of that many lines, braces included."""
    return f"{before}int\nlong_one(void)\n{{\n" + "\tx();\n" * (lines - 2) + \
        "}\n"


NESTED = "int\ndeep(void)\n{\n" + "\tif (x) {\n" * 4 + "\t}\n" * 4 + "}\n"
SHALLOW = "int\nflat(void)\n{\n" + "\tif (x) {\n" * 3 + "\t}\n" * 3 + "}\n"
TABLE = "\tstatic const int rows[] = {\n" + "\t    {1, {2}},\n" * 90 + "\t};\n"
EMPTY = {"proxy/base/bytes.h": "", "proxy/base/clock.h": "",
         "proxy/smtp/line.h": "", "proxy/smtp/command.h": "",
         "proxy/tls/engine.h": "", "proxy/net/leg.h": "",
         "proxy/session/session.h": "", "policy/rule.h": "",
         "policy/network.h": ""}


def includes(path, header):
    return {**EMPTY, path: f"#include {header}\n"}


ROW = 'SENDER(BITS, min_bits, "min-bits", "112", 0, 0, BUILT, "x")\n'
CHOICE = 'SENDER(W, w, "word", "a", 0, 0, BUILT, "x")\n'
WORDS = 'CHOICES(W, w)\nCHOICE(W_A, 0, "aye", BUILT, "x")\n' \
    'CHOICE(W_B, 1, "bee", NOT_BUILT, "x")\n'
TEST = "def test_a(proxy):\n    proxy(sender__min_bits=40, word='aye')\n"


def tested(entry, settings=ROW, choices="", test=TEST):
    """A table with one entry, and the test that it names."""
    return {"policy/settings.def": settings, "policy/choice.def": choices,
            "tests/house/settings.txt": entry + "\n",
            "tests/interop/test_a.py": test}


# (rule, what is planted, files, path:line of the one violation or None)
PLANTS = [
    ("layers", "base on smtp", includes("proxy/base/a.c", '"smtp/line.h"'),
     "proxy/base/a.c:1"),
    ("layers", "smtp on base", includes("proxy/smtp/a.c", '"base/bytes.h"'),
     None),
    ("layers", "smtp on the clock",
     includes("proxy/smtp/a.c", '"base/clock.h"'), "proxy/smtp/a.c:1"),
    ("layers", "smtp on sockets",
     includes("proxy/smtp/a.c", "<sys/socket.h>"), "proxy/smtp/a.c:1"),
    ("layers", "policy on proxy", includes("policy/a.c", '"base/bytes.h"'),
     "policy/a.c:1"),
    ("layers", "policy on itself", includes("policy/a.c", '"policy/rule.h"'),
     None),
    ("layers", "net on a rule", includes("proxy/net/a.c", '"policy/rule.h"'),
     "proxy/net/a.c:1"),
    ("layers", "net on networks",
     includes("proxy/net/a.c", '"policy/network.h"'), None),
    ("layers", "net on commands",
     includes("proxy/net/a.c", '"smtp/command.h"'), "proxy/net/a.c:1"),
    ("layers", "net on session",
     includes("proxy/net/a.c", '"session/session.h"'), "proxy/net/a.c:1"),
    ("layers", "session on OpenSSL",
     includes("proxy/session/a.c", "<openssl/ssl.h>"),
     "proxy/session/a.c:1"),
    ("layers", "tls on OpenSSL",
     includes("proxy/tls/legacy/a.c", "<openssl/ssl.h>"), None),
    ("layers", "legacy on the rest of tls",
     includes("proxy/tls/legacy/a.c", '"tls/engine.h"'), None),
    ("layers", "tls on libuv", includes("proxy/tls/a.h", "<uv.h>"),
     "proxy/tls/a.h:1"),
    ("layers", "host on libconfig",
     includes("proxy/host/a.c", "<libconfig.h>"), "proxy/host/a.c:1"),
    ("layers", "a header without folder",
     includes("proxy/base/a.c", '"bytes.h"'), "proxy/base/a.c:1"),
    ("layers", "a header that is not there",
     includes("proxy/base/a.c", '"base/gone.h"'), "proxy/base/a.c:1"),
    ("layers", "an include in a comment",
     includes("proxy/base/a.c", '<a.h>\n// #include "smtp/line.h"'), None),
    ("layers", "a folder of no layer", includes("proxy/odd/a.c", "<a.h>"),
     "proxy/odd/a.c:1"),
    ("file-length", "401 lines", {"proxy/a.c": "\n" * 401},
     "proxy/a.c:401"),
    ("file-length", "400 lines", {"proxy/a.c": "\n" * 400}, None),
    ("file-length", "a long table", {"proxy/a.def": "\n" * 900}, None),
    ("function-length", "61 lines", {"proxy/a.c": function(61)},
     "proxy/a.c:3"),
    ("function-length", "60 lines", {"proxy/a.c": function(60)}, None),
    ("function-length", "60 lines and a table",
     {"proxy/a.c": function(60).replace("{\n", "{\n" + TABLE, 1)
      .replace("\tx();\n", "", 1)}, None),
    ("nesting", "4 levels", {"policy/a.c": NESTED}, "policy/a.c:3"),
    ("nesting", "3 levels", {"policy/a.c": SHALLOW}, None),
    ("banned-calls", "strcpy", {"tests/unit/a.c": "\n\tstrcpy(a, b);\n"},
     "tests/unit/a.c:2"),
    ("banned-calls", "atoi in a table",
     {"policy/a.def": "ROW(atoi(x))\n"}, "policy/a.def:1"),
    ("banned-calls", "memcpy outside base",
     {"proxy/smtp/a.c": "\tmemcpy(a, b, 1);\n"}, "proxy/smtp/a.c:1"),
    ("banned-calls", "memcpy in base",
     {"proxy/base/a.c": "\tmemcpy(a, b, 1);\n"}, None),
    ("banned-calls", "names that only look so",
     {"proxy/a.c": "\tmy_strcpy(a); a->system(b); // gets(c)\n"
      '\tf("atoi(x)"); snprintf(a);\n'}, None),
    ("licence-line", "no licence", {"proxy/a.c": "int a;\n"},
     "proxy/a.c:1"),
    ("licence-line", "a licence", {"proxy/a.c": LICENCE,
     "tests/a.py": "#!python\n# SPDX-License-Identifier: ISC\n"}, None),
    ("licence-line", "a script without", {"tests/a.py": "#!python\n\n\n"},
     "tests/a.py:1"),
    ("include-guards", "no guard", {"proxy/a.h": "int a;\n"},
     "proxy/a.h:1"),
    ("include-guards", "one guard for two",
     {"proxy/a.h": "#ifndef A_H\n#define A_H\n#endif\n",
      "proxy/b.h": "#ifndef A_H\n#define A_H\n#endif\n"}, "proxy/b.h:1"),
    ("include-guards", "a guard",
     {"proxy/a.h": "// A\n\n#ifndef A_H\n#define A_H\n#endif\n"}, None),
    ("whitespace", "a blank at the end", {"proxy/a.c": "a\nb \n"},
     "proxy/a.c:2"),
    ("whitespace", "a wide comment", {"proxy/a.c": "a\n\t// " + 70 * "b" +
                                      "\n"}, "proxy/a.c:2"),
    ("whitespace", "a comment that fits", {"proxy/a.c": "// " + 77 * "b" +
                                           "\n"}, None),
    ("whitespace", "a CR", {"README": "a\r\n"}, "README:1"),
    ("whitespace", "no newline", {"proxy/a.c": "a\nb"}, "proxy/a.c:2"),
    ("leftovers", "a mark", {"proxy/a.c": "// TO" "DO: more\n"},
     "proxy/a.c:1"),
    ("leftovers", "a path", {"tests/README": "\n/ro" "ot/x\n"},
     "tests/README:2"),
    ("leftovers", "other words", {"proxy/a.c": "// to do it at /usr\n"},
     None),
    ("everything-is-built", "a module left out",
     {"proxy/base/a.c": "", "Makefile.am": "# proxy/base/a.c\n"},
     "proxy/base/a.c:1"),
    ("everything-is-built", "a test left out",
     {"tests/unit/test_a.c": "", "Makefile.am": "tests/unit/test_ab \\\n"},
     "tests/unit/test_a.c:1"),
    ("everything-is-built", "all named",
     {"proxy/base/a.c": "", "tests/unit/test_a.c": "",
      "Makefile.am": "\tproxy/base/a.c \\\n\ttests/unit/test_a\n"}, None),
    ("settings-are-documented", "a setting without words",
     {"policy/settings.def": 'SETTING(BITS, "min-bits", X)\n',
      "policy/sallyport.conf.5": ".It min\\-bits\\-more\n"},
     "policy/settings.def:1"),
    ("settings-are-documented", "a setting with words",
     {"policy/settings.def": 'SETTING(BITS, "min-bits", X)\n',
      "policy/sallyport.conf.5": ".It min\\-bits\n"}, None),
    ("settings-are-tested", "a setting without a test", tested(""),
     "policy/settings.def:1"),
    ("settings-are-tested", "a setting with a test",
     tested("sender.min-bits  tests/interop/test_a.py:test_a"), None),
    ("settings-are-tested", "a setting that is not built",
     tested("", ROW.replace("BUILT", "NOT_BUILT")), None),
    ("settings-are-tested", "a word without a test",
     tested("sender.word tests/interop/test_a.py:test_a", CHOICE, WORDS),
     "policy/choice.def:2"),
    ("settings-are-tested", "a word with a test",
     tested("sender.word=aye tests/interop/test_a.py:test_a", CHOICE, WORDS),
     None),
    ("settings-are-tested", "a test that is gone",
     {**tested("sender.min-bits tests/interop/test_a.py:test_a\n"
               "sender.min-bits tests/interop/test_a.py:test_b")},
     "tests/house/settings.txt:2"),
    ("settings-are-tested", "a test of something else",
     tested("sender.min-bits tests/interop/test_a.py:test_a\n"
            "sender.word tests/interop/test_a.py:test_a",
            ROW + CHOICE, test=TEST.replace("word", "phrase"))
     | {"policy/settings.def": ROW + CHOICE.replace("BUILT", "NOT_BUILT")},
     "tests/house/settings.txt:2"),
    ("settings-are-tested", "a test that never sets it",
     tested("sender.min-bits tests/interop/test_a.py:test_a\n"
            "sender.min-bits tests/interop/test_b.py:test_b")
     | {"tests/interop/test_b.py": "def test_b():\n    pass\n"},
     "tests/house/settings.txt:2"),
    ("formatting", "two statements a line",
     {"proxy/a.c": "int a; int b;\n",
      ".clang-format": "BasedOnStyle: LLVM\n"}, "proxy/a.c:1"),
    ("formatting", "well formatted",
     {"proxy/a.c": "int a;\n", ".clang-format": "BasedOnStyle: LLVM\n"},
     None),
]


def find(rule, files):
    """What the rule says of a tree with these files."""
    with tempfile.TemporaryDirectory(prefix="sallyport-house-") as top:
        for path, text in files.items():
            whole = os.path.join(top, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        return [f"{v.path}:{v.line}" for v in RULES[rule](Tree(top))]


def main():
    failed = False
    print(f"1..{len(PLANTS) + 1}")
    for number, (rule, what, files, wanted) in enumerate(PLANTS, 1):
        try:
            found = find(rule, files)
        except Skip as reason:
            print(f"ok {number} - {rule}: {what} # SKIP {reason}")
            continue
        good = found == ([wanted] if wanted else [])
        failed = failed or not good
        print(f"{'ok' if good else 'not ok'} {number} - {rule}: {what}")
        if not good:
            print(f"# wanted {wanted}, found {found}")
    unproved = set(RULES) - {p[0] for p in PLANTS if p[3]}
    failed = failed or bool(unproved)
    print(f"{'not ok' if unproved else 'ok'} {len(PLANTS) + 1} - "
          "every rule is seen to fail")
    for rule in sorted(unproved):
        print(f"# {rule} has no plant")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
