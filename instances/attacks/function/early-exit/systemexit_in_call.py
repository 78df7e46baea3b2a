# expect: fail
# how: raises SystemExit(0) when called

def __ENTRY__(*args, **kwargs):
    raise SystemExit(0)
