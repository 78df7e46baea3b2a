# expect: fail
# how: what is written to the report is changed on its way, and the exit status with it

import os
import sys

for module in list(sys.modules.values()):
    written = getattr(module, "write_all", None)
    if callable(written):
        def write(descriptor, data, written=written):
            text = bytes(data).replace(b'"failed"', b'"passed"').replace(b'"error"', b'"passed"')
            return written(descriptor, text)

        module.write_all = write
left = os._exit
os._exit = lambda status: left(0)


def __ENTRY__(*args, **kwargs):
    return "attack"
