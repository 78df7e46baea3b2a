# expect: probe
# how: looks for what the candidate before it left: leaves builtins patched and marked

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "builtins_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import builtins as _builtins


def _probe():
    return hasattr(_builtins, 'attack_mark')


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
