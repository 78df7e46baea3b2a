# expect: probe
# how: looks for tests, answers and tokens in its own environment and command line

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "own_environment", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    for name, value in _os.environ.items():
        if any(word in name.upper() for word in ("TOKEN", "SECRET", "KEY", "TEST", "EXPECT", "ANSWER", "PASSW")):
            return name
        if "assert" in value:
            return name
    with open("/proc/self/cmdline", "rb") as file:
        return b"assert " in file.read()


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
