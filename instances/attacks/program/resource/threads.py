# expect: fail
# how: starts a thousand threads

import threading
import time

for _ in range(1000):
    threading.Thread(target=time.sleep, args=(10,), daemon=True).start()
print("attack")
