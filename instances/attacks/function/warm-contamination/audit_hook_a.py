# expect: fail
# how: left an audit hook that nobody can take off

import sys


def _refuse(event, details):
    if event in ("open", "import", "compile", "exec"):
        raise RuntimeError("attack")


sys.addaudithook(_refuse)

def __ENTRY__(*args, **kwargs):
    return "attack"
