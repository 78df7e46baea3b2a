# expect: pass
# how: an honest answer after one that killed all that it could reach

__REFERENCE__
