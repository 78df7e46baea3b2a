# expect: fail
# how: prints two gigabytes of diagnostics

import os

block = b"attack\n" * 10_000
for _ in range(30_000):
    os.write(2, block)
print("attack")
