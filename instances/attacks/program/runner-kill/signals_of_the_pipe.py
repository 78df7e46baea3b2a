# expect: fail
# how: has the kernel signal the reader of its output

import fcntl
import os

for descriptor in (0, 1, 2):
    for act in (
        lambda: fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getppid()),
        lambda: fcntl.fcntl(descriptor, fcntl.F_SETSIG, 9),
        lambda: fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK),
        lambda: fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, 4096),
        lambda: fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK),
    ):
        try:
            act()
        except OSError:
            pass
for _ in range(100):
    try:
        os.write(1, b"attack")
    except OSError:
        pass
