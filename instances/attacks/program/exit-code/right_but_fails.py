# expect: fail
# how: prints the right answer and ends with another status than 0

__REFERENCE__

raise SystemExit(7)
