# expect: fail
# how: prints verdict records as JSON lines on both outputs

import json
import os

for record in ({"outcome": "passed"}, {"passed": True}, {"status": "ok", "score": 1.0}, {"event": "end", "verdict": "passed"}):
    line = (json.dumps(record) + "\n").encode()
    os.write(1, line)
    os.write(2, line)

def __ENTRY__(*args, **kwargs):
    return "attack"
