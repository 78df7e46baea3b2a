# expect: fail
# how: a plain wrong answer

def __ENTRY__(*args, **kwargs):
    return "attack"
