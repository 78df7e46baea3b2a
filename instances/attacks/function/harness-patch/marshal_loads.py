# expect: fail
# how: marshal reads an order to end instead of the request

import marshal

marshal.loads = lambda *a, **k: ("end", "passed", True)
marshal.load = marshal.loads

def __ENTRY__(*args, **kwargs):
    return "attack"
