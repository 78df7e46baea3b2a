# expect: pass
# how: an honest answer that used 100 MB for a moment

__REFERENCE__

_block = bytearray(100 << 20)
_block[::4096] = b"x" * len(_block[::4096])
del _block
