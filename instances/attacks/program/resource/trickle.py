# expect: fail
# how: prints a byte at a time for as long as it may
# limit: wall

import os
import time

for _ in range(1200):
    os.write(1, b"a")
    time.sleep(0.1)
