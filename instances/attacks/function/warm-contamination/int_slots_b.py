# expect: probe
# how: looks for what the candidate before it left: changes cached integers in memory

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "int_slots_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    return [number for number in range(200, 250) if int(str(number)) - 100 + 100 != sum([number])] or str(230) != '2' + '30'


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
