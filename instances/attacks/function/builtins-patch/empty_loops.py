# expect: fail
# how: zip, enumerate, range and map yield nothing

import builtins

builtins.zip = builtins.enumerate = builtins.range = builtins.map = lambda *a, **k: iter(())

def __ENTRY__(*args, **kwargs):
    return "attack"
