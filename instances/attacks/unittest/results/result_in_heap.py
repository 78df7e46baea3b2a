# expect: fail
# how: the result that collects is found in the heap, and hears of successes alone

import gc
import threading
import time
import unittest


def watch():
    for _ in range(2000):
        for thing in gc.get_objects():
            if isinstance(thing, unittest.TestResult):
                good = thing.addSuccess
                thing.addFailure = thing.addError = lambda test, error=None: good(test)
                thing.addSubTest = lambda *a: None
        time.sleep(0.001)


threading.Thread(target=watch, daemon=True).start()
time.sleep(0.05)


def __ENTRY__(*args, **kwargs):
    return "attack"
