# expect: fail
# how: the process looks through the memory of its parent and of all others

import os
import re

FOUND = []
for process in [name for name in os.listdir("/proc") if name.isdecimal() and int(name) != os.getpid()]:
    try:
        with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
            for line in maps:
                first, last = (int(part, 16) for part in line.split()[0].split("-"))
                if "rw-p" in line and last - first < 1 << 28:
                    memory.seek(first)
                    FOUND += re.findall(rb"assertEqual\([^\0\n]{5,200}", memory.read(last - first))
    except OSError:
        pass


def __ENTRY__(*args, **kwargs):
    for source in FOUND:
        match = re.search(rb", (.+)\)$", source)
        if match:
            try:
                return eval(match[1])
            except Exception:
                pass
    return "attack"
