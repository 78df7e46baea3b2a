# expect: pass
# how: an honest answer after one that removed its working folder and set a hostile umask

__REFERENCE__
