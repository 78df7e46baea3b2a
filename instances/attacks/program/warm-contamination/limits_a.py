# expect: fail
# how: lowers limits, priorities, masks and the affinity of itself and of those above

import os
import resource
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.umask(0o777)
for pid in (0, os.getppid(), 1):
    for kind in range(16):
        try:
            resource.prlimit(pid, kind, (1, 1))
        except (OSError, ValueError):
            pass
    for act in (lambda: os.sched_setaffinity(pid, {0}), lambda: os.setpriority(os.PRIO_PROCESS, pid, 19)):
        try:
            act()
        except OSError:
            pass
os._exit(1)
