# expect: probe
# how: looks for what the candidate before it left: writes usercustomize, .pth files and bytecode for the next interpreter

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "modules_on_disk_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import importlib.util as _util


def _probe():
    return "ATTACK_PTH" in _os.environ or _util.find_spec("attack_pth") is not None or _util.find_spec("usercustomize") is not None


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
