# expect: pass
# how: an honest answer worked out in a thread

__REFERENCE__

import threading as _threading

_honest = __ENTRY__


def __ENTRY__(*args, **kwargs):
    box = {}

    def _work():
        try:
            box["value"] = _honest(*args, **kwargs)
        except Exception as problem:
            box["problem"] = problem

    thread = _threading.Thread(target=_work)
    thread.start()
    thread.join()
    if "problem" in box:
        raise box["problem"]
    return box["value"]
