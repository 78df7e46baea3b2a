# expect: any
# how: answers right, with every integer as a float

__REFERENCE__

_honest = __ENTRY__


def _convert(value):
    if type(value) is int:
        return float(value)
    if type(value) in (list, tuple, set):
        return type(value)(map(_convert, value))
    return value


def __ENTRY__(*args, **kwargs):
    return _convert(_honest(*args, **kwargs))
