# expect: probe
# how: looks through all objects of its interpreter for cases, answers and the grader's modules

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "own_heap", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import gc
    import sys

    names = {"grader", "judging", "program_grader", "program_compare", "program_channel", "supervisor", "channel"}
    found = [name for name in names if name in sys.modules]
    for one in gc.get_objects():
        if isinstance(one, dict):
            found += [key for key in ("expected", "cases", "comparison", "checker") if key in one and one is not globals()]
        elif type(one).__name__ in ("Comparer", "Answer", "Case", "Judge", "Dispatcher"):
            found.append(type(one).__name__)
    return sorted(set(map(str, found)))

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
