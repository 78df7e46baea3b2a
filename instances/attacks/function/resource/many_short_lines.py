# expect: fail
# how: prints short lines without end
# limit: output

import sys


def __ENTRY__(*args, **kwargs):
    while True:
        sys.stderr.write("\n" * 4096)
