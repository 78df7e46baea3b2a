# expect: pass
# how: an honest answer that is computed in a thread and in a process of its own

__REFERENCE__

import threading as _threading

_honest = __ENTRY__


def __ENTRY__(*args, **kwargs):
    found, errors = [], []

    def work():
        try:
            found.append(_honest(*args, **kwargs))
        except Exception as error:
            errors.append(error)

    thread = _threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return found[0]
