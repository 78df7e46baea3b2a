"""The last values of a series, kept in a ring of C doubles."""

import ctypes
import pathlib

_library = ctypes.CDLL(str(pathlib.Path(__file__).with_name("_ring.so")))
_library.ring_new.restype = ctypes.c_void_p
_library.ring_new.argtypes = [ctypes.c_size_t]
_library.ring_free.restype = None
_library.ring_free.argtypes = [ctypes.c_void_p]
_library.ring_count.restype = ctypes.c_size_t
_library.ring_count.argtypes = [ctypes.c_void_p]
_library.ring_push.restype = None
_library.ring_push.argtypes = [ctypes.c_void_p, ctypes.c_double]
_library.ring_at.restype = ctypes.c_double
_library.ring_at.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_library.ring_mean.restype = ctypes.c_double
_library.ring_mean.argtypes = [ctypes.c_void_p]


class Ring:
    """The last `capacity` values pushed."""

    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("a ring holds at least one value")
        self._ring = _library.ring_new(capacity)
        if not self._ring:
            raise MemoryError

    def __del__(self):
        if getattr(self, "_ring", None):
            _library.ring_free(self._ring)

    def __len__(self):
        return _library.ring_count(self._ring)

    def __getitem__(self, place):
        """The value at a place: 0 is the oldest, -1 the newest."""
        if not 0 <= place < len(self):
            raise IndexError(place)
        return _library.ring_at(self._ring, place)

    def push(self, value):
        """Add a value; a full ring drops its oldest."""
        _library.ring_push(self._ring, value)

    def mean(self):
        """The mean of the values that are there. Raise ValueError when there are none."""
        if not len(self):
            raise ValueError("an empty ring has no mean")
        return _library.ring_mean(self._ring)
