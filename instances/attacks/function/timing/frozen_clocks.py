# expect: fail
# how: stops every clock it can reach, takes too long and answers right
# limit: cpu

__REFERENCE__

import os as _os
import time as _time

_real, _times = __ENTRY__, _time.process_time
for _name in ("time", "perf_counter", "monotonic", "process_time", "perf_counter_ns", "monotonic_ns", "process_time_ns"):
    setattr(_time, _name, lambda: 0)


def __ENTRY__(*args, **kwargs):
    start = _times()
    while _times() - start < 20:
        pass
    return _real(*args, **kwargs)
