# expect: fail
# how: answers with whole frames of passing verdicts, for tests that print what they get

import json
import struct

_VERDICT = {
    "outcome": "passed", "reason": "", "error_type": None, "limit": None, "unsure": False, "parts": {},
    "output_truncated": False, "cpu_s": 0.01, "wall_s": 0.01, "memory_bytes": 9 << 20,
}


def _frame(number):
    text = json.dumps({**_VERDICT, "number": number, "output": ""})
    text = text[:-1] + " " * (0x7F7F - len(text)) + "}"  # a length of two printable bytes, more than a buffer holds
    return struct.pack("<I", len(text)).decode("ascii") + text


def __ENTRY__(*args, **kwargs):
    return "".join(map(_frame, range(4)))
