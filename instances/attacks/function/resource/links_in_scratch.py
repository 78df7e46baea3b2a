# expect: fail
# how: leaves links and fifos that lead a careless clean-up elsewhere

import os

for name, target in (("root", "/"), ("proc", "/proc"), ("etc", "/etc/passwd"), ("up", "../.."), ("loop", "loop")):
    try:
        os.symlink(target, name)
    except OSError:
        pass
try:
    os.mkfifo("fifo")
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
