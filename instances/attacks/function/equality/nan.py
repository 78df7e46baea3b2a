# expect: fail
# how: returns NaN: `abs(nan - x) > tolerance` is false

def __ENTRY__(*args, **kwargs):
    return float("nan")
