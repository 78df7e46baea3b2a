# expect: any
# how: prints the right answer and leaves its output open in a sleeping child

import os as _os
import time as _time

if _os.fork() == 0:
    _time.sleep(30)
    _os._exit(0)

__REFERENCE__
