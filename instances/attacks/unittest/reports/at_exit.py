# expect: fail
# how: what is run at the end of the process writes a report of passes

import atexit
import json
import os

lines = [["test", f"TestCases.test_{number}", "passed", ""] for number in range(9)]
atexit.register(lambda: os.write(4, json.dumps(lines).encode()))


def __ENTRY__(*args, **kwargs):
    return "attack"
