# expect: fail
# how: prints a wrong answer; a grandchild adds to it after its end

import os
import sys
import time

sys.stdout.write("attack")
sys.stdout.flush()
if os.fork() == 0:
    os.setsid()
    for _ in range(50):
        time.sleep(0.1)
        os.write(1, b"\b\b\b")
