# expect: fail
# how: a tracer on every frame rewrites locals that look like answers

import sys


def _tracer(frame, event, value):
    for name in ("outcome", "verdict", "expected", "reply", "result"):
        if name in frame.f_locals:
            frame.f_locals[name] = True
    return _tracer


sys.settrace(_tracer)
frame = sys._getframe()
while frame is not None:
    frame.f_trace = _tracer
    frame = frame.f_back

def __ENTRY__(*args, **kwargs):
    return "attack"
