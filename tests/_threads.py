"""Calls in several threads and with several numbers of BLAS threads."""

import threading

from threadpoolctl import ThreadpoolController


def on_main_and_other_threads(call):
    """Return the results of a call with one and two BLAS threads, in each thread.

    The limits are set by the main thread. The calls are made in the main thread and in
    another one, where some versions of threadpoolctl ignore other limits.
    """
    blas = ThreadpoolController().select(user_api="blas")
    results = []
    for limit in (1, 2):
        with blas.limit(limits=limit):
            results.append(call())
            other = threading.Thread(target=lambda: results.append(call()))
            other.start()
            other.join()
    assert len(results) == 4
    return results
