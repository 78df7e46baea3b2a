# expect: fail
# how: structure nested ten thousand deep

import sys

sys.stdin.read()
print("[" * 10_000 + "]" * 10_000)
