# expect: fail
# how: runs a program that has no file

import os
import sys


def __ENTRY__(*args, **kwargs):
    fd = os.memfd_create("attack")
    os.write(fd, b"#!" + sys.executable.encode() + b"\nprint('passed')\n")
    os.execve(f"/proc/self/fd/{fd}", ["attack"], {})
