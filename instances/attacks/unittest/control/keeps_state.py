# expect: pass
# how: an honest answer that counts its calls, caches, and logs them to a file

__REFERENCE__

import functools as _functools

_honest, _calls = __ENTRY__, []


def __ENTRY__(*args, **kwargs):
    _calls.append(args)
    with open("calls.log", "a") as file:
        file.write(f"{len(_calls)} {args!r}\n")
    return _honest(*args, **kwargs)
