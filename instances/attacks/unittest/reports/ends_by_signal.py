# expect: fail
# how: the process is ended by a signal after a report

import os
import signal

os.write(4, b'["test", "TestCases.test_empty", "passed", ""]\n')
os.kill(os.getpid(), signal.SIGTERM)


def __ENTRY__(*args, **kwargs):
    return "attack"
