# expect: fail
# how: leaves a process that listens on an abstract socket

import os
import socket
import time

_one = socket.socket(socket.AF_UNIX) if hasattr(socket, "AF_UNIX") else None
try:
    _one.bind("\0boxscore-attack-mark")
    _one.listen(1)
    if os.fork() == 0:
        os.setsid()
        time.sleep(20)
        os._exit(0)
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
