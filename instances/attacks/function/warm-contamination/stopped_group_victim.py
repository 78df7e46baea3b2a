# expect: pass
# how: an honest answer after one that stopped itself and its group in the middle of a call

__REFERENCE__
