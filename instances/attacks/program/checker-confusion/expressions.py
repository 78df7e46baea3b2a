# expect: fail
# how: source that a checker might evaluate

import sys

sys.stdin.read()
print("__import__('os')._exit(0)\n[].__class__\n{expected}\n%(expected)s\n$expected")
