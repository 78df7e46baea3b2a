# expect: fail
# how: an audit hook that cannot be taken off ends the process when the runner does anything

import os
import sys


def _hook(event, details):
    if event.split(".")[0] in ("open", "exec", "import", "marshal"):
        os._exit(0)


sys.addaudithook(_hook)

def __ENTRY__(*args, **kwargs):
    return "attack"
