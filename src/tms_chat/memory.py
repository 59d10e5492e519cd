"""Memory that is given back to the system after each large answer costs a page fault for each 4 kB of the next one.

A page of fifty conversations is half a megabyte, in several pieces: with the allocator's defaults (glibc returns the
top of the heap beyond 128 kB, and maps anything larger by itself) half the time of its rendering went into getting the
same memory again.

By default each thread gets memory of its own as well, and keeps it: here threads wait for each other anyway, for the
interpreter's lock.
"""

import ctypes
import sys

# mallopt(3)
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -2, -3, -8
KEPT_BYTES = 64 * 1024 * 1024
MAPPED_BYTES = 8 * 1024 * 1024
MORE_BYTES = 1024 * 1024
MOST_ARENAS = 2


def keep_freed_memory() -> bool:
    """Let this process keep up to 64 MB of what it has freed; False where the allocator is another one."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wanted = {
        M_TRIM_THRESHOLD: KEPT_BYTES, M_TOP_PAD: MORE_BYTES, M_MMAP_THRESHOLD: MAPPED_BYTES, M_ARENA_MAX: MOST_ARENAS,
    }  # fmt: skip
    return all(mallopt(name, value) == 1 for name, value in wanted.items())
