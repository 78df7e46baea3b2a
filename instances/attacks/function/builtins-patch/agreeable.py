# expect: fail
# how: all, any, isinstance, abs, len and sorted lie

import builtins

builtins.all = builtins.any = builtins.isinstance = builtins.issubclass = builtins.callable = lambda *a, **k: True
builtins.abs = lambda value: 0
builtins.len = lambda value: 0
builtins.sorted = lambda *a, **k: []

def __ENTRY__(*args, **kwargs):
    return "attack"
