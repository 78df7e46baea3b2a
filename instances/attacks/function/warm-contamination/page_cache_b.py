# expect: probe
# how: looks for what the candidate before it left: drops pages of a system file and reads some of them again

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "page_cache_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    file = _os.open(_os.path.realpath(_os.__file__), _os.O_RDONLY)
    try:
        _os.preadv(file, [bytearray(1)], 8192, _os.RWF_NOWAIT)
    except BlockingIOError:
        return "asked, and not there"
    return "asked, and there"


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
