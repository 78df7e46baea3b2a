# expect: fail
# how: prints passing words and ends with status 0

import os


def __ENTRY__(*args, **kwargs):
    print("PASSED\npassed\nOK\n1 passed in 0.01s", flush=True)
    os._exit(0)
