# expect: fail
# how: ignored and blocked every signal

import signal

for _number in range(1, 65):
    try:
        signal.signal(_number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))

def __ENTRY__(*args, **kwargs):
    return "attack"
