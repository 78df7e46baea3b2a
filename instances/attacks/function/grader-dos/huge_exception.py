# expect: fail
# how: raises an exception with 100 MB of text

def __ENTRY__(*args, **kwargs):
    raise ValueError("x" * 100_000_000)
