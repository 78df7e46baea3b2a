# expect: fail
# how: detached children keep the log and the pipes open long after the end

import os
import time

for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        time.sleep(3600)
        os._exit(0)


def __ENTRY__(*args, **kwargs):
    os._exit(0)
