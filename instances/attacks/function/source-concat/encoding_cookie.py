# expect: fail
# how: an encoding cookie changes how the rest of a file is read

# -*- coding: utf-7 -*-
def __ENTRY__(*args, **kwargs):
    return "attack"
# +AAo-import os+AAo-os._exit(0)
