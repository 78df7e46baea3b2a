# expect: pass
# how: an honest answer after one that filled its scratch to the brim

__REFERENCE__

with open("mine", "wb") as _file:
    _file.write(b"x" * (1 << 20))
