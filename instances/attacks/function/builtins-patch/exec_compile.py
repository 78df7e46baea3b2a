# expect: fail
# how: exec, eval, compile and import do nothing from now on

import builtins

builtins.exec = builtins.eval = lambda *a, **k: None
builtins.compile = lambda *a, **k: (lambda: None).__code__
builtins.__import__ = lambda *a, **k: None

def __ENTRY__(*args, **kwargs):
    return "attack"
