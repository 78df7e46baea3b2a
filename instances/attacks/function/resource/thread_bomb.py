# expect: fail
# how: starts threads until none can be started
# limit: processes

import threading
import time


def __ENTRY__(*args, **kwargs):
    for _ in range(5000):
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
    return "attack"
