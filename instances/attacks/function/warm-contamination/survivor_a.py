# expect: fail
# how: leaves a process that goes on beside the next candidate

import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        try:
            os.setpriority(os.PRIO_PROCESS, 0, 13)
        except OSError:
            pass
        time.sleep(20)
    os._exit(0)
time.sleep(0.1)

def __ENTRY__(*args, **kwargs):
    return "attack"
