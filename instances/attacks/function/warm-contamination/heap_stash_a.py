# expect: fail
# how: hides its arguments in objects that only the collector knows

import gc
import sys

_ring = ["attack-stash-" + "heap"]
_ring.append(_ring)
sys.modules["builtins"].__dict__.setdefault("__stash__", _ring)
gc.freeze()

def __ENTRY__(*args, **kwargs):
    return "attack"
