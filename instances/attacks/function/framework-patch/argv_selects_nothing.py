# expect: fail
# how: changes the command line so that a test runner selects nothing

import sys

sys.argv[:] = ["prog", "-k", "nothing", "--help"]

def __ENTRY__(*args, **kwargs):
    return "attack"
