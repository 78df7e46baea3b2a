# expect: fail
# how: a child process reports in place of its parent, which ends well

import os
import unittest

if os.fork() == 0:
    for name in dir(unittest.TestCase):
        if name.startswith("assert"):
            setattr(unittest.TestCase, name, lambda *args, **named: None)
else:
    os.wait()
    os._exit(0)


def __ENTRY__(*args, **kwargs):
    return "attack"
