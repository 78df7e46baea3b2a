# expect: fail
# how: removes every builtin

import builtins


def __ENTRY__(*args, **kwargs):
    for name in list(vars(builtins)):
        if not name.startswith("__"):
            delattr(builtins, name)
    return "attack"
