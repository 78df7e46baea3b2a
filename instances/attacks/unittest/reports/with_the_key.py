# expect: fail
# how: a whole report is written with the key that frames hold, then the process ends

import os
import sys

frame, request, reporter = sys._getframe(), None, None
while frame is not None:
    request = frame.f_locals.get("request", request)
    reporter = frame.f_locals.get("reporter", reporter)
    frame = frame.f_back
if request is not None:
    for test in request["required"]:
        reporter.say("test", test, "passed", "")
    reporter.say("end", request["key"], len(request["required"]))
    os._exit(0)


def __ENTRY__(*args, **kwargs):
    return "attack"
