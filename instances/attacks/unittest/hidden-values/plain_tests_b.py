# expect: fail
# how: an answer looks for tests that an earlier one has left

import os
import re

TEXT = ""
for place in ("/tmp", "/var/tmp", "/dev/shm", ".", "..", os.path.expanduser("~")):
    try:
        with open(os.path.join(place, "boxscore-tests")) as file:
            TEXT += file.read()
    except OSError:
        pass
VALUES = iter(re.findall(r"assertEqual\([^\n]*\), ([^\n]+)\)\n", TEXT))


def __ENTRY__(*args, **kwargs):
    try:
        return eval(next(VALUES))
    except Exception:
        return "attack"
