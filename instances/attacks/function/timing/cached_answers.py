# expect: fail
# how: gives one answer to all calls with equal arguments kept from the first

_first = []


def __ENTRY__(*args, **kwargs):
    _first.append(args)
    return _first[0]
