# expect: fail
# how: text of the result is whatever the caller's frames expect

import sys


class Mirror:
    def __repr__(self):
        frame = sys._getframe()
        while frame is not None:
            for name in ("expected", "want", "answer"):
                if name in frame.f_locals:
                    return repr(frame.f_locals[name])
            frame = frame.f_back
        return "None"

    __str__ = __repr__

    def __format__(self, spec):
        return repr(self)

    def __index__(self):
        return 0


def __ENTRY__(*args, **kwargs):
    return Mirror()
