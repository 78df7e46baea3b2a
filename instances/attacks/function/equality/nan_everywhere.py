# expect: fail
# how: returns containers and keys of NaN, equal to themselves by identity only

NAN = float("nan")


def __ENTRY__(*args, **kwargs):
    return [NAN, {NAN: NAN}, {NAN}, (NAN,), complex(NAN, NAN)]
