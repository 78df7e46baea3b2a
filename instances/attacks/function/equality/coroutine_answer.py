# expect: fail
# how: returns a coroutine

async def __ENTRY__(*args, **kwargs):
    return "attack"
