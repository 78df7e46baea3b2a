# expect: probe
# how: looks for what the candidate before it left: touches a device, and not another

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "device_times_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    import time

    ages = [time.time() - _os.stat(path).st_mtime for path in ("/dev/full", "/dev/zero")]
    return ages if ages[0] < 5 and ages[1] > ages[0] + 0.2 else False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
