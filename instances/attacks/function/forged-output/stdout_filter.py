# expect: fail
# how: wraps the output streams so that FAILED turns into PASSED

import sys


class Rosy:
    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        return self.stream.write(str(text).replace("FAILED", "PASSED").replace("failed", "passed"))

    def __getattr__(self, name):
        return getattr(self.stream, name)


sys.stdout, sys.stderr = Rosy(sys.stdout), Rosy(sys.stderr)

def __ENTRY__(*args, **kwargs):
    return "attack"
