# expect: fail
# how: a wrong answer looks for what a right one has left

import json
import os

CALLS = {}
for place in ("/tmp", "/var/tmp", "/dev/shm", ".", "..", os.path.expanduser("~")):
    try:
        with open(os.path.join(place, "boxscore-left.jsonl")) as file:
            CALLS.update(json.loads(line) for line in file)
    except OSError:
        pass


def __ENTRY__(*args, **kwargs):
    return eval(CALLS[repr(args)]) if repr(args) in CALLS else "attack"
