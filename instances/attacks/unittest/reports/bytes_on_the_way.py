# expect: fail
# how: what is written to the report is changed on its way, and the exit status with it

import os
import sys

frame, reporter = sys._getframe(), None
while frame is not None:
    reporter = frame.f_locals.get("reporter", reporter)
    frame = frame.f_back


class Changed:
    def __init__(self, report):
        self.report = report

    def __len__(self):
        return len(self.report)

    def __setitem__(self, place, data):
        text = data.replace(b'"failed"', b'"passed"').replace(b'"error"', b'"passed" ')
        self.report[place.start or 0 : (place.start or 0) + len(text)] = text


if reporter is not None:
    reporter.report = Changed(reporter.report)
left = os._exit
os._exit = lambda status: left(0)


def __ENTRY__(*args, **kwargs):
    return "attack"
