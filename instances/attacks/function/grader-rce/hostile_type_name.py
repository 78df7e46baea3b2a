# expect: fail
# how: bears class and attribute names that run code where they are formatted or evaluated

Evil = type("x'); __import__('os')._exit(0); ('", (Exception,), {"__module__": "{0.__class__}"})
Evil.__qualname__ = "%s%n{}"


def __ENTRY__(*args, **kwargs):
    raise Evil("{0.__class__.__init__.__globals__} %s%n ${IFS}`id`$(id)")
