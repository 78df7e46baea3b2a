# expect: pass
# how: an honest answer after one that left many children asleep, to use up the next one's processes

__REFERENCE__

import threading

_threads = [threading.Thread(target=int) for _ in range(8)]
for _thread in _threads:
    _thread.start()
