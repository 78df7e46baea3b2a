# expect: probe
# how: reaches the callers' frames through a traceback and a generator

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "traceback_frames", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    try:
        raise ValueError
    except ValueError as problem:
        frame = problem.__traceback__.tb_frame
    while frame is not None:
        if any(isinstance(value, str) and "assert cand" + "idate(" in value for value in frame.f_locals.values() if value.__class__ is str):
            if frame.f_code.co_filename != __file__ if "__file__" in globals() else False:
                return frame.f_code.co_name
        frame = frame.f_back
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
