# expect: fail
# how: puts fakes into sys.modules

import sys
import types


class Agree(types.ModuleType):
    def __getattr__(self, name):
        return lambda *a, **k: True


for name in ("json", "marshal", "struct", "math", "unittest", "pickle", "traceback"):
    sys.modules[name] = Agree(name)

def __ENTRY__(*args, **kwargs):
    return "attack"
