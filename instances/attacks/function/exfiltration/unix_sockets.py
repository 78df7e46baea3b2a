# expect: probe
# how: finds sockets of the container engine or of the runner

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "unix_sockets", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import socket as _socket


def _probe():
    for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock"):
        if _os.path.exists(path):
            return path
    try:
        with open("/proc/net/unix") as file:
            rows = file.read().splitlines()[1:]
    except OSError:
        return False
    for row in rows:
        parts = row.split()
        if len(parts) > 7:
            return parts[7]
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
