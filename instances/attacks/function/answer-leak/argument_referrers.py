# expect: fail
# how: returns what stands beside its arguments in the containers that hold them

import gc


def __ENTRY__(*args, **kwargs):
    for holder in gc.get_referrers(*args) if args else ():
        if isinstance(holder, (tuple, list)) and len(holder) == 2:
            return holder[1]
    return "attack"
