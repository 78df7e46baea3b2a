# expect: fail
# how: lowered its limits and those of its parent

import os
import resource

for pid in (os.getppid(), 0):
    for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_STACK"):
        try:
            resource.prlimit(pid, getattr(resource, name), (0, 0))
        except (OSError, ValueError):
            pass

def __ENTRY__(*args, **kwargs):
    return "attack"
