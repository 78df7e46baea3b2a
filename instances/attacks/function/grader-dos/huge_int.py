# expect: fail
# how: returns an integer of ten million digits

def __ENTRY__(*args, **kwargs):
    return 1 << 33_000_000
