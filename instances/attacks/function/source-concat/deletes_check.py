# expect: fail
# how: deletes the tests from the globals it finds

import sys


def __ENTRY__(*args, **kwargs):
    frame = sys._getframe(0)
    while frame is not None:
        for name in ("check", "test", "METADATA"):
            frame.f_globals.pop(name, None)
        frame = frame.f_back
    raise SystemExit(0)
