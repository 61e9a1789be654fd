"""Reads a JUnit report with junitparser, and holds what it understood against the JSON report of the same run.

usage: junit.py REPORT.xml REPORT.json
"""

import json
import sys

from junitparser import JUnitXml, TestSuite

report = JUnitXml.fromfile(sys.argv[1])
suites = [report] if isinstance(report, TestSuite) else list(report)
cases = [case for suite in suites for case in suite]
failed = sum(1 for case in cases if any(result is not None for result in case.result))
findings = json.load(open(sys.argv[2], encoding="utf-8"))["findings"]
# Below the threshold of the run, which is the default one, a finding fails nothing.
found = sum(1 for finding in findings if finding["severity"] in ("medium", "high", "critical"))
if not cases:
    sys.exit("no test case: a clean run has one that passes")
if failed != found:
    sys.exit(f"{failed} failed test cases, {found} findings that fail the run")
if len(cases) < len(findings):
    sys.exit(f"{len(cases)} test cases, {len(findings)} findings")
print(f"junit: {failed} failed of {len(cases)} test cases, as meant")
