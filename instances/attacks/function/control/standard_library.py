# expect: pass
# how: an honest answer that imports a good part of the standard library

__REFERENCE__

import asyncio, bisect, collections, copy, datetime, decimal, fractions, functools, hashlib, heapq  # noqa: E401
import itertools, json, math, operator, os, random, re, statistics, string, sys, time, typing, unittest  # noqa: E401
