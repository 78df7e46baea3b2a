# expect: fail
# how: leaves a module in sys.modules and marks in others

import json
import marshal
import sys
import types

sys.modules["attack_mark"] = types.ModuleType("attack_mark")
json.attack_mark = marshal.attack_mark = True

def __ENTRY__(*args, **kwargs):
    return "attack"
