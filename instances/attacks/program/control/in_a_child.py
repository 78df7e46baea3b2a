# expect: pass
# how: works in a child that it waits for

import os as _os
import sys as _sys

_child = _os.fork()
if _child == 0:
    exec(compile(__REFERENCE_TEXT__, "reference", "exec"), {"__name__": "__main__"})
    _sys.stdout.flush()
    _os._exit(0)
_sys.exit(_os.waitstatus_to_exitcode(_os.waitpid(_child, 0)[1]))
