# expect: fail
# how: a daemon in a session of its own lives on

import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(600)
    os._exit(0)

def __ENTRY__(*args, **kwargs):
    return "attack"
