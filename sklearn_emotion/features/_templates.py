"""Matches between the templates of a window, one bit for each pair.

Two templates of m values match if each value of one differs from that of the other by
less than a radius. In the sorted window, the values within the radius of a value are
consecutive. Their times, as a row of bits, are therefore the difference of two prefixes
of the sorted times. The matches of templates are the rows of successive values, each
shifted by its place in the template, joined by AND.
"""

import numpy as np

WORD = 64
# Bytes of the prefixes of a block of windows. They should fit into the cache.
BLOCK_BYTES = 1_000_000


def match_ratio(windows, m, radius):
    """Return the sample entropy: -ln of the share of matches that continue.

    Parameters
    ----------
    windows : ndarray of float64 of shape (n_windows, n_times)
        Windows.
    m : int
        Number of values in a template.
    radius : ndarray of shape (n_windows,)
        Templates match if all values differ by less.

    Returns
    -------
    entropy : ndarray of shape (n_windows,)
        NaN if no templates match, or if none of the matches continues.
    """
    n_templates = windows.shape[1] - m
    short, long = _count(windows, m, radius, n_templates, "left")
    # A template matches itself.
    pairs, continued = (c.sum(axis=1) - n_templates for c in (short, long))
    found = (radius > 0) & (continued > 0)
    return np.where(found, -np.log(continued / pairs), np.nan)


def log_match_shares(windows, m, radius):
    """Return the mean logarithms of the shares of matches of m and m + 1 values.

    The arguments are those of `match_ratio`, but values that differ by the radius
    match. Each of the two results has the shape (n_windows,).
    """
    n_templates = windows.shape[1] - m + 1
    short, long = _count(windows, m, radius, n_templates, "right")
    long = long[:, :-1]
    return tuple(np.log(c / c.shape[1]).mean(axis=1) for c in (short, long))


def _count(windows, m, radius, n_templates, side):
    """Count the matches of each template, in blocks of windows.

    Returns
    -------
    short, long : ndarray of int of shape (n_windows, n_templates)
        Matches of templates of m values, and of m + 1 values. Only the first
        `n_templates` templates are counted.
    """
    n_windows, n = windows.shape
    short = np.empty((n_windows, n_templates), dtype=np.int64)
    long = np.empty_like(short)
    n_words = -(-n // WORD)
    size = max(1, BLOCK_BYTES // (8 * n_words * (n + 1)))
    for start in range(0, n_windows, size):
        rows = slice(start, start + size)
        matches = _matches(windows[rows], radius[rows], side)
        _count_block(matches, m, short[rows], long[rows])
    return short, long


def _matches(windows, radius, side):
    """Return bits (n_words, n_windows, n_times): which values match each value."""
    n_windows, n = windows.shape
    order = np.argsort(windows, axis=1)
    ordered = np.take_along_axis(windows, order, axis=1)
    end = np.empty((n_windows, n), dtype=np.int64)
    for row, limit, found in zip(ordered, ordered + radius[:, None], end):
        found[:] = row.searchsorted(limit, side)
    # A value is the first match of a later one as long as its own matches reach it.
    offsets = (n + 1) * np.arange(n_windows)[:, None]
    counts = np.bincount((end + offsets).ravel(), minlength=n_windows * (n + 1))
    begin = np.cumsum(counts.reshape(n_windows, n + 1), axis=1)[:, :n]
    bounds = np.empty((2, n_windows, n), dtype=np.int64)
    for bound, found in zip(bounds, (begin, end)):
        np.put_along_axis(bound, order, found + offsets, axis=1)

    matches = np.empty((-(-n // WORD), n_windows, n), dtype=np.uint64)
    prefix = np.zeros((n_windows, n + 1), dtype=np.uint64)
    bit = np.uint64(1) << (order % WORD).astype(np.uint64)
    word = order // WORD
    for i, found in enumerate(matches):
        np.multiply(bit, word == i, out=prefix[:, 1:])
        np.bitwise_or.accumulate(prefix, axis=1, out=prefix)
        first, last = (prefix.ravel().take(bound) for bound in bounds)
        np.bitwise_xor(last, first, out=found)
    return matches


def _count_block(matches, m, short, long):
    n = matches.shape[2]
    n_templates = short.shape[1]
    n_long = min(n_templates, n - m)
    short[:] = long[:] = 0
    for i, inside in enumerate(_first_bits(n_templates, len(matches))):
        joined = matches[i, :, :n_templates] & inside
        for shift in range(1, m):
            joined &= _shifted(matches, i, shift, n_templates)
        short += np.bitwise_count(joined)
        joined = joined[:, :n_long]
        joined &= _shifted(matches, i, m, n_long)
        long[:, :n_long] += np.bitwise_count(joined)


def _shifted(matches, i, shift, n_templates):
    """Return word i of the rows from `shift` on, in which bit k is bit k + shift."""
    rows = matches[:, :, shift : shift + n_templates]
    out = rows[i] >> np.uint64(shift)
    if i + 1 < len(matches):
        out |= rows[i + 1] << np.uint64(WORD - shift)
    return out


def _first_bits(n, n_words):
    bits = np.zeros(n_words, dtype=np.uint64)
    bits[: n // WORD] = ~np.uint64(0)
    if n % WORD:
        bits[n // WORD] = (np.uint64(1) << np.uint64(n % WORD)) - np.uint64(1)
    return bits
