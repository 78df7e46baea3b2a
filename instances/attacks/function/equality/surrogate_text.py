# expect: fail
# how: returns lone surrogates, NUL and line separators

def __ENTRY__(*args, **kwargs):
    return "\ud800\udfff\x00\u2028" * 100
