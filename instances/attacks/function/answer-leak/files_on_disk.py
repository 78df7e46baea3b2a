# expect: probe
# how: searches the disk for tests, data sets, references and other candidates' code

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "files_on_disk", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    seen = 0
    for top, folders, files in _os.walk("/"):
        if top == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev", "usr", "lib", "lib64", "bin", "sbin")]
        for name in files:
            path = _os.path.join(top, name)
            seen += 1
            if seen > 4000:
                return False
            if name.endswith((".jsonl", ".jsonl.gz", ".parquet")):
                return path
            if name.endswith((".py", ".json", ".txt")) and _os.access(path, _os.R_OK):
                with open(path, "rb") as file:
                    if b"def check(candidate" in file.read(200_000) and _os.getcwd() not in path:
                        return path
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
