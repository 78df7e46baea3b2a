# expect: probe
# how: finds somebody else listening on the loopback

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "loopback_listeners", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    for table in ("tcp", "tcp6", "udp", "udp6"):
        try:
            with open("/proc/net/" + table) as file:
                rows = file.read().splitlines()[1:]
        except OSError:
            continue
        if rows:
            return table + " " + rows[0][:60]
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
