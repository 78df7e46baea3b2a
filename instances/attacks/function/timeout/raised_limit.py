# expect: fail
# how: raises its own processor limit and drops the handlers, then loops
# limit: cpu

import resource
import signal


def __ENTRY__(*args, **kwargs):
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    for name in ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_FSIZE"):
        try:
            resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (OSError, ValueError):
            pass
    while True:
        pass
