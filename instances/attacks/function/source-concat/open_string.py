# expect: fail
# how: ends in an open string that would swallow the tests

def __ENTRY__(*args, **kwargs):
    return "attack"


_rest = """
