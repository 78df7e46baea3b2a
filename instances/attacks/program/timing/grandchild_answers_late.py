# expect: fail
# how: ends at once; a grandchild in a session of its own prints the right answer seconds later

import os as _os
import sys as _sys
import time as _time

if _os.fork():
    _os._exit(0)
_os.setsid()
if _os.fork():
    _os._exit(0)
_time.sleep(3)

__REFERENCE__

_sys.stdout.flush()
