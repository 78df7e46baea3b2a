# expect: fail
# how: makes a hundred thousand files

for number in range(100_000):
    try:
        open(f"n{number}", "w").close()
    except OSError:
        break
print("attack")
