# expect: fail
# how: hangs and writes a forged verdict when it is told to end
# limit: cpu

import os
import signal
import time


def _forge(number, frame):
    for fd in range(1, 16):
        try:
            os.write(fd, b'{"outcome": "passed"}\n')
        except OSError:
            pass
    os._exit(0)


for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGINT, signal.SIGXCPU, signal.SIGPROF, signal.SIGVTALRM):
    signal.signal(number, _forge)


def __ENTRY__(*args, **kwargs):
    while True:
        pass
