# expect: fail
# how: type, repr and the plain types themselves are replaced in builtins

import builtins

builtins.type = lambda *a: int
builtins.repr = builtins.str = lambda *a: "passed"
builtins.id = builtins.hash = lambda value: 0
builtins.bytes = bytearray

def __ENTRY__(*args, **kwargs):
    return "attack"
