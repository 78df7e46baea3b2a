# expect: pass
# how: an honest answer after it

__REFERENCE__
