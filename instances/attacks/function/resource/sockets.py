# expect: fail
# how: opens sockets and abstract names until none is left

import socket

_held = []
try:
    for number in range(2000):
        one = socket.socket(socket.AF_UNIX)
        one.bind("\0boxscore-attack-%d" % number)
        _held.append(one)
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
