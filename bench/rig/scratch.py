"""Where the rig keeps its files while it runs, and what it ends when it is over."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path


@contextlib.contextmanager
def scratch():
    """A directory, in memory where that exists so that log files cost no disk, and an ExitStack.

    Both are cleaned up in every case: at the end, on an error, on Ctrl-C and on SIGTERM.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell has it ignored
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    directory = Path(tempfile.mkdtemp(prefix="sluice-bench-", dir=parent))
    stack = contextlib.ExitStack()
    try:
        yield directory, stack
    finally:
        # a second Ctrl-C must not leave processes behind
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stack.close()
        shutil.rmtree(directory, ignore_errors=True)
