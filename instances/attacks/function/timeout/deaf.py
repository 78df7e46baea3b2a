# expect: fail
# how: ignores and blocks every signal, then loops
# limit: cpu

import signal


def __ENTRY__(*args, **kwargs):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        pass
