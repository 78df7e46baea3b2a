# expect: fail
# how: marshal writes True and None instead of the answer

import marshal

_dumps = marshal.dumps
marshal.dumps = lambda value, *rest: _dumps(True)
marshal.dump = lambda value, file, *rest: file.write(_dumps(True))

def __ENTRY__(*args, **kwargs):
    return "attack"
