# expect: pass
# how: an honest answer behind a decorator and a cache of calls

__REFERENCE__

import functools as _functools

_honest = __ENTRY__


@_functools.wraps(_honest)
def __ENTRY__(*args, **kwargs):
    return _honest(*args, **kwargs)
