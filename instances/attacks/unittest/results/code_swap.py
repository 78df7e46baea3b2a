# expect: fail
# how: a thread gives the tests' functions the code of one that does nothing

import gc
import threading
import time
import types


def nothing(self):
    return None


def watch():
    for _ in range(2000):
        for thing in gc.get_objects():
            if isinstance(thing, types.FunctionType) and thing.__name__.startswith("test_"):
                try:
                    thing.__code__ = nothing.__code__
                except ValueError:
                    pass
        time.sleep(0.001)


threading.Thread(target=watch, daemon=True).start()


def __ENTRY__(*args, **kwargs):
    return "attack"
