# expect: probe
# how: looks for what the candidate before it left: hides its arguments in objects that only the collector knows

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "heap_stash_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import gc as _gc


def _probe():
    mark = "-".join(("attack", "stash", "heap"))
    return any(isinstance(thing, list) and thing and type(thing[0]) is str and thing[0] == mark for thing in _gc.get_objects())


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
