# expect: probe
# how: looks for a way out by the network

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "network", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import socket

    found = []
    for family, kind in ((socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_INET6, socket.SOCK_DGRAM)):
        try:
            with socket.socket(family, kind) as one:
                one.settimeout(1)
                one.connect(("192.0.2.1", 53) if family == socket.AF_INET else ("2001:db8::1", 53))
                found.append(one.getsockname())
        except OSError:
            continue
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
