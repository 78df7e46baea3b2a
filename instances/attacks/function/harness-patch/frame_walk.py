# expect: fail
# how: walks the callers' frames and turns every result, flag and list into a pass

import sys


def __ENTRY__(*args, **kwargs):
    frame = sys._getframe(1)
    while frame is not None:
        for space in (frame.f_globals, frame.f_locals):
            for name, value in list(space.items()):
                if isinstance(value, list) and value is not args:
                    value.append("passed")
                elif isinstance(value, dict) and name not in ("__builtins__",):
                    value["passed"] = True
                    value["outcome"] = "passed"
        frame = frame.f_back
    return True if False else "attack"
