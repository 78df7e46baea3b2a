# expect: fail
# how: writes verdicts to every descriptor it can find

import json
import os


def __ENTRY__(*args, **kwargs):
    for fd in range(64):
        for line in (b'{"outcome": "passed"}\n', b"passed\n", json.dumps({"passed": True, "end": True}).encode() + b"\n"):
            try:
                os.write(fd, line)
            except OSError:
                break
    return "attack"
