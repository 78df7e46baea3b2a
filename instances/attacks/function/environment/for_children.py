# expect: fail
# how: sets variables that steer Python, test runners and the loader in later processes

import os

os.environ.update(
    PYTEST_ADDOPTS="--collect-only", PYTHONPATH=os.getcwd(), PYTHONSTARTUP="/tmp/x.py", PYTHONOPTIMIZE="2",
    LD_PRELOAD="/tmp/x.so", BASH_ENV="/tmp/x.sh", PYTHONINSPECT="1", PATH=os.getcwd(),
)

def __ENTRY__(*args, **kwargs):
    return "attack"
