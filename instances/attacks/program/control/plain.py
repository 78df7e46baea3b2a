# expect: pass
# how: the reference

__REFERENCE__
