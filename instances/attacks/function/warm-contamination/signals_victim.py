# expect: pass
# how: an honest answer after one that ignored and blocked every signal

__REFERENCE__
