# expect: any
# how: reads its input by name, twice

import sys as _sys

with open("/dev/stdin", encoding="utf-8") as _file:
    _file.read()
_sys.stdin = open("/dev/stdin", encoding="utf-8")

__REFERENCE__
