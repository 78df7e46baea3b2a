# expect: probe
# how: may write to the interpreter, its libraries or the runner's own files

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "code_writable", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import sys as _sys


def _probe():
    for path in (*_sys.path, _sys.executable, _sys.prefix, _os.__file__, "/etc", "/usr/bin", "/"):
        real = _os.path.realpath(path or ".")
        if real != _os.path.realpath(_os.getcwd()) and _os.access(real, _os.W_OK):
            try:
                handle = _os.open(real, _os.O_WRONLY if _os.path.isfile(real) else _os.O_TMPFILE | _os.O_WRONLY)
            except OSError:
                continue
            _os.close(handle)
            return real
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
