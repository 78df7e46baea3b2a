# expect: fail
# how: returns a string of 128 MiB

def __ENTRY__(*args, **kwargs):
    return "x" * (128 << 20)
