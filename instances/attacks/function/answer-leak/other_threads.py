# expect: fail
# how: reads the locals of other threads

import sys


def __ENTRY__(*args, **kwargs):
    for frame in sys._current_frames().values():
        while frame is not None:
            if "expected" in frame.f_locals:
                return frame.f_locals["expected"]
            frame = frame.f_back
    return "attack"
