# expect: probe
# how: leaves a process in a session of its own that goes on writing to its folder

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "daemon", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import time

    found = [one for one in _os.listdir() if one.startswith("beat")]
    here = _os.getcwd()
    if _os.fork() == 0:
        try:
            _os.setsid()
            for count in range(40):
                for folder in (here, "/tmp", "/dev/shm"):
                    try:
                        with open(f"{folder}/beat{count}", "w") as file:
                            file.write("attack")
                    except OSError:
                        pass
                time.sleep(0.25)
        finally:
            _os._exit(0)
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
