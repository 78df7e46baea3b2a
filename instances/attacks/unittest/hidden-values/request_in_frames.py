# expect: fail
# how: the request that the process was sent is found in frames, and searched for what is expected

import re
import sys

FOUND = {}
frame = sys._getframe()
while frame is not None:
    for value in frame.f_locals.values():
        if isinstance(value, dict) and "tests" in value and "program" in value:
            FOUND.update(value)
    frame = frame.f_back
TEXT = bytes(FOUND.get("tests", b"")).decode("utf-8", "replace")
VALUES = iter(re.findall(r"assert\w+\([^\n]*?,\s*([^\n]+?)\)\n", TEXT))


def __ENTRY__(*args, **kwargs):
    try:
        return eval(next(VALUES))
    except Exception:
        return "attack"
