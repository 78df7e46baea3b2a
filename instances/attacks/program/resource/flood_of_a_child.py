# expect: fail
# how: ends while a child goes on printing

import os

if os.fork() == 0:
    os.setsid()
    block = b"attack\n" * 10_000
    for _ in range(30_000):
        os.write(1, block)
    os._exit(0)
