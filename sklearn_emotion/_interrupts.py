"""Ctrl-C in code that may catch KeyboardInterrupt."""

import signal
import threading
from contextlib import contextmanager


@contextmanager
def noted_interrupts():
    """Yield a list of the SIGINT signals (Ctrl-C) that raise an interrupt in the block.

    skorch, for example, ends training at an interrupt as if training had finished. The
    list shows that the interrupt came. Only the main thread handles signals, so the
    list stays empty in other threads.
    """
    came = []
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(before):
        yield came
        return

    def note(number, frame):
        try:
            before(number, frame)
        except KeyboardInterrupt:
            came.append(number)
            raise

    signal.signal(signal.SIGINT, note)
    try:
        yield came
    finally:
        if signal.getsignal(signal.SIGINT) is note:
            signal.signal(signal.SIGINT, before)
