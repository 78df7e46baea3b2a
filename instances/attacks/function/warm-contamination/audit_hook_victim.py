# expect: pass
# how: an honest answer after one that left an audit hook that nobody can take off

__REFERENCE__
