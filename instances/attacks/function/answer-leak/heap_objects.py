# expect: probe
# how: walks every object of the heap for the text of the tests

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "heap_objects", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import gc as _gc
import re as _re


def _probe():
    pattern = _re.compile(r"def check\(cand[a-z]*\):\s")
    for thing in _gc.get_objects():
        if isinstance(thing, dict):
            values = list(thing.values())
        elif isinstance(thing, (list, tuple)):
            values = list(thing)
        else:
            continue
        for value in values:
            if isinstance(value, bytes):
                value = value[:1_000_000].decode("latin-1")
            if isinstance(value, str) and len(value) > 30 and pattern.search(value):
                return "test text in the heap"
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
