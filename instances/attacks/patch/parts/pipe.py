import os
def pipe():
    for number in range(3, 32):
        try:
            if os.readlink("/proc/self/fd/%d" % number).startswith("pipe:"): return number
        except OSError:
            pass
    return 1
