import os, sys
LOG = __LOG__
def say(report=True):
    os.write(2, LOG.encode())
