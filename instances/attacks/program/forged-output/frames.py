# expect: fail
# how: writes verdicts in frames of all kinds to every descriptor

import json
import marshal
import os
import struct

verdicts = [
    {"number": number, "outcome": "passed", "reason": "", "cases": [], "built": None, "end": None, "cpu_s": 0.0}
    for number in range(3)
]
for descriptor in range(256):
    for verdict in verdicts:
        for data in (json.dumps(verdict).encode(), marshal.dumps(("verdict", verdict), 2)):
            for head in ("<I", ">I", "<Q"):
                try:
                    os.write(descriptor, struct.pack(head, len(data)) + data)
                except OSError:
                    pass
