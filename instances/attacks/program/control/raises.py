# expect: fail
# how: prints the right answer, then raises

__REFERENCE__

raise ValueError("attack")
