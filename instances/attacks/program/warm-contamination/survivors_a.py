# expect: fail
# how: leaves processes that were made to survive

import os
import signal
import time

for number in range(12):
    if os.fork() == 0:
        os.setsid()
        for one in range(1, 65):
            try:
                signal.signal(one, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        if os.fork() == 0:
            for _ in range(100):
                time.sleep(0.1)
                try:
                    os.write(1, b"attack")
                except OSError:
                    pass
        os._exit(0)
