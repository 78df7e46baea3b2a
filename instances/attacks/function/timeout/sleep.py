# expect: fail
# how: sleeps for an hour
# limit: wall

import time


def __ENTRY__(*args, **kwargs):
    time.sleep(3600)
