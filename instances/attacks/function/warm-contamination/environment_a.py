# expect: fail
# how: leaves variables in the environment

import ctypes
import os

os.environ["ATTACK_MARK"] = "1"
os.environ["PYTHONPATH"] = os.getcwd()
ctypes.CDLL(None).setenv(b"ATTACK_MARK", b"1", 1)

def __ENTRY__(*args, **kwargs):
    return "attack"
