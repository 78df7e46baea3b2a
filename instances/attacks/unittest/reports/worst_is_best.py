# expect: fail
# how: a thread makes the worst status of each test the best, until the end

import gc
import threading
import time


def watch():
    for _ in range(3000):
        for thing in gc.get_objects():
            if type(thing).__name__ == "Reporter":
                for test in list(thing.worst):
                    thing.worst[test] = ("passed", "")
        time.sleep(0.0005)


threading.Thread(target=watch, daemon=True).start()


def __ENTRY__(*args, **kwargs):
    return "attack"
