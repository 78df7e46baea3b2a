# expect: fail
# how: becomes a program that succeeds at anything

import os

for path in ("/usr/bin/true", "/bin/true"):
    try:
        os.execv(path, ["true"])
    except OSError:
        pass
