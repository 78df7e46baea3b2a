# expect: probe
# how: looks for what the candidate before it left: leaves a process that listens on an abstract socket

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "abstract_socket_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import socket as _socket


def _probe():
    try:
        with _socket.socket(_socket.AF_UNIX) as one:
            one.connect("\0boxscore-attack-mark")
    except OSError:
        return False
    return True


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
