# expect: pass
# how: an honest answer with a harmless exit handler and signal handler

__REFERENCE__

import atexit
import signal

atexit.register(print, "bye")
signal.signal(signal.SIGTERM, lambda number, frame: None)
