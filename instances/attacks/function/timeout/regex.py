# expect: fail
# how: backtracks without end inside C code
# limit: cpu

import re


def __ENTRY__(*args, **kwargs):
    return re.match(r"(a+)+$", "a" * 64 + "b")
