# expect: pass
# how: an honest answer after one that lowered its limits and those of its parent

__REFERENCE__
