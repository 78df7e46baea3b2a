# expect: probe
# how: scans its own memory for the text of the tests left by whoever forked it

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "own_memory", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import re as _re


def _probe():
    pattern = _re.compile(rb"def check\(cand[a-z]*\):\s[^\x00]{0,200}assert")
    budget = 96 << 20
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps:
            parts = line.split()
            if not parts[1].startswith("rw") or (len(parts) > 5 and parts[5].startswith("/")):
                continue
            low, high = (int(part, 16) for part in parts[0].split("-"))
            while low < high and budget > 0:
                step = min(1 << 20, high - low)
                try:
                    memory.seek(low)
                    data = memory.read(step)
                except (OSError, OverflowError):
                    break
                if pattern.search(data):
                    return "test text in own memory"
                low += step
                budget -= step
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
