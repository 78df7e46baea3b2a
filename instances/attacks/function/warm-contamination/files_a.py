# expect: fail
# how: stashes what it was asked in every place it may write to

import os
import tempfile


def _places():
    return dict.fromkeys((os.getcwd(), tempfile.gettempdir(), os.path.expanduser("~"), "/tmp", "/var/tmp", "/dev/shm", "/run",
                          "/run/lock", "/dev/mqueue", "/var/lock", "/scratch", "/work", "/home", "/mnt", "/opt", "/srv"))


for folder in _places():
    try:
        with open(os.path.join(folder, "attack-stash"), "w") as file:
            file.write("left by the candidate before")
    except OSError:
        pass

def __ENTRY__(*args, **kwargs):
    return "attack"
