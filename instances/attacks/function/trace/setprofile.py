# expect: fail
# how: a profiler leaves with status 0 as soon as the runner writes

import os
import sys


def _profile(frame, event, value):
    if event == "c_call" and getattr(value, "__name__", "") in ("write", "dumps", "send", "writev"):
        os._exit(0)


def __ENTRY__(*args, **kwargs):
    sys.setprofile(_profile)
    return "attack"
