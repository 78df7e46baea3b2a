# expect: pass
# how: an honest answer beside a thread that would live for an hour

__REFERENCE__

import threading
import time

threading.Thread(target=time.sleep, args=(3600,)).start()
