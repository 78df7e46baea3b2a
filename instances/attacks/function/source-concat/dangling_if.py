# expect: fail
# how: ends in `if False:` so that what follows is never run

def __ENTRY__(*args, **kwargs):
    return "attack"


if False:
    pass
else:
    raise SystemExit(0)
