# expect: fail
# how: a whole report is written with the key that frames hold, then the process ends

import json
import os
import sys

frame, request, reporter = sys._getframe(), None, None
while frame is not None:
    request = frame.f_locals.get("request", request)
    reporter = frame.f_locals.get("reporter", reporter)
    frame = frame.f_back
if request is not None:
    lines = [["test", test, "passed", ""] for test in request["required"]]
    lines.append(["end", request["key"], len(lines)])
    os.write(getattr(reporter, "descriptor", 4), "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    os._exit(0)


def __ENTRY__(*args, **kwargs):
    return "attack"
