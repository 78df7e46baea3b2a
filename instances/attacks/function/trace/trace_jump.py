# expect: fail
# how: makes the caller jump to another line by setting f_lineno from a tracer

import sys


def __ENTRY__(*args, **kwargs):
    caller = sys._getframe(1)

    def _jump(frame, event, value):
        try:
            frame.f_lineno = frame.f_lineno + 3
        except (ValueError, AttributeError):
            pass
        return _jump

    caller.f_trace = _jump
    sys.settrace(lambda *details: None)
    return "attack"
