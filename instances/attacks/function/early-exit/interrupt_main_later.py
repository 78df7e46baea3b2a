# expect: fail
# how: a thread interrupts the main thread while the runner encodes the reply

import _thread
import threading
import time


def _later():
    for _ in range(20):
        time.sleep(0.01)
        _thread.interrupt_main()


threading.Thread(target=_later, daemon=True).start()

def __ENTRY__(*args, **kwargs):
    return "attack"
