# expect: fail
# how: what is run at the end of the process writes a report of passes

import atexit
import sys

frame, reporter = sys._getframe(), None
while frame is not None:
    reporter = frame.f_locals.get("reporter", reporter)
    frame = frame.f_back


def passes():
    for number in range(9):
        reporter.say("test", f"TestCases.test_{number}", "passed", "")


atexit.register(passes)


def __ENTRY__(*args, **kwargs):
    return "attack"
