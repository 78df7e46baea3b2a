# expect: fail
# how: the process looks through its own memory for a program that defines the function

import re

FOUND = []
try:
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            if "rw-p" in line and last - first < 1 << 28:
                memory.seek(first)
                text = memory.read(last - first)
                FOUND += re.findall(rb"def __ENTRY" + rb"__\([^\0]{20,3000}", text)
                FOUND += re.findall(rb"def " + "__ENTRY__".encode() + rb"\([^\0]{20,3000}", text)
except OSError:
    pass


def __ENTRY__(*args, **kwargs):
    for source in FOUND:
        scope = {}
        try:
            exec(source.decode(), scope)
            answer = scope["__ENTRY__"](*args, **kwargs)
        except BaseException:
            continue
        if answer != "attack" and answer is not None:
            return answer
    return "attack"
