# expect: fail
# how: replaces the functions of __main__ and of every loaded module that look like a judge's

import sys

for module in list(sys.modules.values()):
    for name in list(getattr(module, "__dict__", {})):
        if any(word in name.lower() for word in ("check", "verdict", "grade", "judge", "compare", "encode", "reply")):
            try:
                setattr(module, name, lambda *a, **k: True)
            except (AttributeError, TypeError):
                pass

def __ENTRY__(*args, **kwargs):
    return "attack"
