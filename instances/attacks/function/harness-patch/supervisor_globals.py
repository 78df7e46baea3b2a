# expect: fail
# how: rewrites the constants and limits in the main module that it was forked from

import sys

for name in ("__main__", "supervisor", "runner", "candidate"):
    module = sys.modules.get(name)
    for key, value in list(vars(module).items()) if module else ():
        if isinstance(value, int) and not isinstance(value, bool):
            setattr(module, key, 1 << 40)

def __ENTRY__(*args, **kwargs):
    return "attack"
