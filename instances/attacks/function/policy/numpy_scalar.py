# expect: any
# how: answers right, with numbers as numpy scalars where numpy is there

__REFERENCE__

_honest = __ENTRY__
try:
    import numpy as _numpy
except ImportError:
    _numpy = None


def __ENTRY__(*args, **kwargs):
    answer = _honest(*args, **kwargs)
    if _numpy is not None and type(answer) in (int, float):
        return _numpy.asarray(answer)[()]
    return answer
