# expect: fail
# how: patches builtins only once it is called, after the runner bound its names

import builtins


def __ENTRY__(*args, **kwargs):
    for name in ("isinstance", "type", "len", "iter", "getattr", "dict", "list", "tuple"):
        setattr(builtins, name, lambda *a, **k: True)
    return "attack"
