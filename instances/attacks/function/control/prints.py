# expect: pass
# how: an honest answer that prints a few hundred lines, some with the word FAILED

__REFERENCE__

for _number in range(300):
    print("line", _number, "FAILED" if _number % 7 else "error")
