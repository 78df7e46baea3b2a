# expect: fail
# how: ends itself by SIGTERM, which supervisors send too

import os
import signal

signal.signal(signal.SIGTERM, signal.SIG_DFL)


def __ENTRY__(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGTERM)
