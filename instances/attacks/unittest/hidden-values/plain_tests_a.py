# expect: fail
# how: an answer leaves the tests that it was run with in every place that may last

import os
import sys

frame = sys._getframe()
while frame is not None:
    for value in list(frame.f_locals.values()):
        if isinstance(value, dict) and "tests" in value:
            for place in ("/tmp", "/var/tmp", "/dev/shm", ".", "..", os.path.expanduser("~")):
                try:
                    with open(os.path.join(place, "boxscore-tests"), "wb") as file:
                        file.write(value["tests"])
                except OSError:
                    pass
    frame = frame.f_back


def __ENTRY__(*args, **kwargs):
    return "attack"
