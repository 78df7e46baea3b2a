# expect: fail
# how: the reporter notes every test as passed

import sys

reporting = sys.modules.get("unittest_candidate")
if reporting is not None:
    note = reporting.Reporter.note
    reporting.Reporter.note = lambda self, test, status, reason="": note(self, test, "passed", "")


def __ENTRY__(*args, **kwargs):
    return "attack"
