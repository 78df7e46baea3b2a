# expect: fail
# how: invalid UTF-8, NUL and lone surrogates in the log and in the exception's text

import os

os.write(1, b"\xff\xfe\x00\xed\xa0\x80\xe2\x80\xa8" * 50)
os.write(2, bytes(range(256)) * 4)


def __ENTRY__(*args, **kwargs):
    raise ValueError("\ud800\x00\u2028\x1b[31m" * 50)
