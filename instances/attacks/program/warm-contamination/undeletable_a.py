# expect: fail
# how: leaves folders that are hard to delete: deep, closed, full of names

import os

try:
    for number in range(300):
        os.mkdir("d" * 40)
        os.chdir("d" * 40)
except OSError:
    pass
for number in range(500):
    try:
        os.mkdir(f"n{number}")
        os.chmod(f"n{number}", 0)
    except OSError:
        break
os.chmod(".", 0)
