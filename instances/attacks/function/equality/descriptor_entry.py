# expect: fail
# how: the entry point is a property, not a function

__ENTRY__ = property(lambda self: "attack")
