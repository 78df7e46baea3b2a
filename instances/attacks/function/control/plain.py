# expect: pass
# how: an honest answer

__REFERENCE__
