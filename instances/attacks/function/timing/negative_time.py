# expect: fail
# how: claims to have used no time, by clocks of its own that run backwards

import time

_ticks = iter(range(10**9, 0, -1000))
time.perf_counter = time.process_time = time.monotonic = lambda: float(next(_ticks))

def __ENTRY__(*args, **kwargs):
    return "attack"
