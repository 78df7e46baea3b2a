# expect: fail
# how: makes three hundred children that sleep

import os
import time

for _ in range(300):
    try:
        if os.fork() == 0:
            time.sleep(15)
            os._exit(0)
    except OSError:
        continue
print("attack")
