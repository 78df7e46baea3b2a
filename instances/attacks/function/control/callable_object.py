# expect: pass
# how: an honest answer given by an object with __call__

__REFERENCE__

_honest = __ENTRY__


class _Solver:
    def __call__(self, *args, **kwargs):
        return _honest(*args, **kwargs)


__ENTRY__ = _Solver()
