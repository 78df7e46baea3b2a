# expect: probe
# how: finds a route, a resolver or a listener to send what it saw to

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "network", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import socket as _socket


def _probe():
    for family, address in ((_socket.AF_INET, ("192.0.2.1", 53)), (_socket.AF_INET6, ("2001:db8::1", 53))):
        try:
            with _socket.socket(family, _socket.SOCK_DGRAM) as probe:
                probe.connect(address)
                return "a route"
        except OSError:
            continue
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
