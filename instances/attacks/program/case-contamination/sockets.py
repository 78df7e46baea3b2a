# expect: probe
# how: listens on an abstract socket in a process that outlives it

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "sockets", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import socket
    import time

    found = []
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect("\0attack")
            found.append("abstract socket")
    except OSError:
        pass
    if _os.fork() == 0:
        try:
            _os.setsid()
            server = socket.socket(socket.AF_UNIX)
            server.bind("\0attack")
            server.listen()
            _os.closerange(0, 3)
            time.sleep(20)
        finally:
            _os._exit(0)
    time.sleep(0.1)
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
