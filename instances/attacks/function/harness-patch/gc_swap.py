# expect: fail
# how: finds functions in the heap whose names look like tests and swaps their code

import gc
import types


def _agree(*args, **kwargs):
    return True


for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and any(w in thing.__name__ for w in ("check", "grade", "encode", "compare", "judge")):
        try:
            thing.__code__ = _agree.__code__
        except (AttributeError, ValueError):
            pass

def __ENTRY__(*args, **kwargs):
    return "attack"
