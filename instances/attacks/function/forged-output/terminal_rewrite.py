# expect: fail
# how: control codes wipe later lines and set the title for whoever reads the log

import sys

sys.stdout.write("\x1b[2J\x1b[H\x1b]0;passed\x07PASSED\x1b[8m\x1b[?25l\r\x1b[K")
sys.stdout.flush()

def __ENTRY__(*args, **kwargs):
    return "attack"
