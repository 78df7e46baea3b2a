# expect: probe
# how: opens raw, packet and netlink sockets

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "raw_sockets", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import socket as _socket


def _probe():
    for family, kind, protocol in ((_socket.AF_INET, _socket.SOCK_RAW, 1), (17, _socket.SOCK_RAW, 0)):
        try:
            _socket.socket(family, kind, protocol).close()
        except OSError:
            continue
        return family
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
