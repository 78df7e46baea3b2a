# expect: fail
# how: kills all that it may

import os
import signal

for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
    for pid in (-1, os.getppid(), -os.getppid(), *range(1, 400)):
        if pid == os.getpid():
            continue
        try:
            os.kill(pid, number)
        except OSError:
            pass
print("attack")
