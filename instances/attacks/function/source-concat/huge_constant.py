# expect: fail
# how: source whose constants explode when they are folded

_big = (1 << 4000) ** 200 if True else 0
_text = 'a' * 100000000 if False else ''

def __ENTRY__(*args, **kwargs):
    return "attack"
