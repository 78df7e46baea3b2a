# expect: pass
# how: an honest answer after one that broke the protocol in the middle of a frame

__REFERENCE__
