# expect: fail
# how: ignores all signals while it computes
# limit: cpu

import signal
import time

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while time.process_time() < 30:
    pass
