# expect: fail
# how: hides memory in files without names and in pipes

import fcntl
import os

held = []
for _ in range(64):
    held.append(os.memfd_create("attack"))
    for _ in range(32):
        os.write(held[-1], b"x" * (1 << 20))
print("attack")
