# expect: fail
# how: removed its working folder and set a hostile umask

import os
import shutil

_here = os.getcwd()
os.umask(0o777)
os.chdir("/")
shutil.rmtree(_here, ignore_errors=True)
try:
    os.symlink("/proc", _here)
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
