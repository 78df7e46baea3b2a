# expect: fail
# how: has children that take memory together
# limit: memory

import os
import time

for _ in range(8):
    if os.fork() == 0:
        held = b"\1" * (200 << 20)
        time.sleep(5)
        os._exit(0)
for _ in range(8):
    os.wait()
print("attack")
