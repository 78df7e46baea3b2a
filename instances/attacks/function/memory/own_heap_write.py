# expect: fail
# how: writes over its own heap through /proc/self/mem

import re


def __ENTRY__(*args, **kwargs):
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "r+b", buffering=0) as memory:
        for line in maps:
            if "[heap]" in line:
                low, high = (int(part, 16) for part in re.match(r"([0-9a-f]+)-([0-9a-f]+)", line).groups())
                memory.seek(low)
                data = memory.read(min(high - low, 1 << 22))
                for spot in re.finditer(rb"wrong|error", data):
                    memory.seek(low + spot.start())
                    memory.write(b"right")
    return "attack"
