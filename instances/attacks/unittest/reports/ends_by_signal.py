# expect: fail
# how: the process is ended by a signal after a report

import os
import signal
import sys

frame, reporter = sys._getframe(), None
while frame is not None:
    reporter = frame.f_locals.get("reporter", reporter)
    frame = frame.f_back
if reporter is not None:
    reporter.say("test", "TestCases.test_empty", "passed", "")
os.kill(os.getpid(), signal.SIGTERM)


def __ENTRY__(*args, **kwargs):
    return "attack"
