# expect: pass
# how: an honest answer that looks at the time, uses numpy where there is one, and prints

__REFERENCE__

import time as _time

try:
    import numpy as _numpy
except ImportError:
    _numpy = None
_honest = __ENTRY__


def __ENTRY__(*args, **kwargs):
    answer = _honest(*args, **kwargs)
    print("at", _time.time(), args)
    if _numpy is not None and type(answer) in (int, float) and abs(answer) < 1 << 31:
        return _numpy.array([answer])[0]
    return answer
