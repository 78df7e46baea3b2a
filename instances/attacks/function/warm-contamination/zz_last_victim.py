# expect: pass
# how: an honest answer after the whole suite, by the same grader

__REFERENCE__
