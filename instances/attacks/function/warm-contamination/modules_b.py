# expect: probe
# how: looks for what the candidate before it left: leaves a module in sys.modules and marks in others

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "modules_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import json as _json_again
import marshal as _marshal
import sys as _sys


def _probe():
    return 'attack_mark' in _sys.modules or hasattr(_json_again, 'attack_mark') or hasattr(_marshal, 'attack_mark')


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
