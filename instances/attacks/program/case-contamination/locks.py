# expect: probe
# how: locks files that the case after it will read

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "locks", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import fcntl

    found = []
    for path in ("/etc/passwd", "/usr/lib/os-release", "/proc/self/exe", "/dev/null"):
        try:
            descriptor = _os.open(path, _os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _os.fork() == 0:
                import time

                time.sleep(10)
                _os._exit(0)
        except BlockingIOError:
            found.append(path)
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
