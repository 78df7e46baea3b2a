# expect: fail
# how: signals each process number one by one

import os
import signal

for pid in range(1, 400):
    if pid != os.getpid():
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except OSError:
                pass

def __ENTRY__(*args, **kwargs):
    return "attack"
