# expect: fail
# how: names itself as the runner's module

import sys

__name__ = "__main__"
sys.modules["__main__"] = sys.modules.get(__name__, sys)

def __ENTRY__(*args, **kwargs):
    return "attack"
