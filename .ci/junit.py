# SPDX-License-Identifier: ISC
"""junit.py REPORT LABEL FAILURES

Counts the cases of a JUnit report as pytest writes it, prints "PASSED FAILED
SKIPPED", and adds each failed case with the end of what it said to the file
FAILURES. A report that is missing or cut off has no cases.
"""
import sys
import xml.etree.ElementTree as tree

LINES_TOLD = 25  # of each failure: its assertion and what was logged last


def failed_cases(suite):
    for case in suite.iter("testcase"):
        for kind in ("failure", "error"):
            for found in case.iter(kind):
                yield case, found


def tell(case, found, label, out):
    print(f"{label}: {case.get('classname')}::{case.get('name')}", file=out)
    for line in (found.text or "").splitlines()[-LINES_TOLD:]:
        print(f"\t{line}", file=out)


def main(report, label, failures):
    try:
        suites = list(tree.parse(report).getroot().iter("testsuite"))
    except (OSError, tree.ParseError):
        suites = []
    tests = failed = skipped = 0
    with open(failures, "a", encoding="utf-8") as out:
        for suite in suites:
            tests += int(suite.get("tests"))
            failed += int(suite.get("failures")) + int(suite.get("errors"))
            skipped += int(suite.get("skipped"))
            for case, found in failed_cases(suite):
                tell(case, found, label, out)
    print(max(tests - failed - skipped, 0), failed, skipped)


main(*sys.argv[1:])
