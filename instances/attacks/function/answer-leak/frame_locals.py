# expect: probe
# how: looks for tests or expected answers in the callers' frames

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "frame_locals", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import sys as _sys


def _probe():
    frame = _sys._getframe()
    while frame is not None:
        for space in (frame.f_locals, frame.f_globals):
            for name, value in list(space.items()):
                if name in ("expected", "check", "tests", "test", "oracle") and value is not None:
                    if not (callable(value) and space is globals()):
                        return name
                if isinstance(value, str) and "".join(("def ", "check(")) in value:
                    return "test text in " + name
        frame = frame.f_back
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
