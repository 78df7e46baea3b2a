# expect: pass
# how: works in a thread that the interpreter waits for

import threading as _threading

_threading.Thread(
    target=exec, args=(compile(__REFERENCE_TEXT__, "reference", "exec"), {"__name__": "__main__"})
).start()
