# expect: fail
# how: fills every folder it may write to, up to 512 MB
# limit: disk

import os
import tempfile


def __ENTRY__(*args, **kwargs):
    written = 0
    for folder in dict.fromkeys((os.getcwd(), tempfile.gettempdir(), "/dev/shm", "/var/tmp", "/tmp")):
        try:
            with open(os.path.join(folder, "attack-fill"), "wb", buffering=0) as file:
                while written < 512 << 20:
                    written += file.write(b"x" * (1 << 20))
        except OSError:
            continue
    return "attack"
