"""Downloading the data sets that may be downloaded."""

import logging
import shutil
import uuid
from contextlib import contextmanager
from inspect import signature
from pathlib import Path

from sklearn_emotion.datasets._eegmat import (
    FILES,
    check_files,
    check_subjects,
    find_faults,
    load_eegmat,
)
from sklearn_emotion.datasets._home import find_folder

SUMS = "SHA256SUMS.txt"


def fetch_eegmat(
    data_home=None,
    *,
    subjects=None,
    download_if_missing=True,
    n_retries=3,
    base_url=FILES,
    verbose=0,
    **options,
):
    """Load EEGMAT, downloading from PhysioNet what is missing.

    Each file is checked against the SHA-256 sum that PhysioNet publishes beside the
    data, and only then moved to its name; a download that was interrupted goes on
    where it stopped, at the next file. Files that are there are left alone, unless
    they are shorter than their header says. Nothing is requested from the network
    when the copy is complete.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    data_home : path-like or None, default=None
        Where to store the data set, in a folder ``eegmat`` (or that folder itself). If
        None, the environment variable ``SKLEARN_EMOTION_DATA`` names it, and without
        that it is ``~/sklearn_emotion_data``.

    subjects : sequence of int or None, default=None
        Numbers of the subjects, 0 to 35. If None, all (about 175 MB).

    download_if_missing : bool, default=True
        If False, raise an error instead of downloading.

    n_retries : int, default=3
        How often a failed download of one file is tried again.

    base_url : str, default=PhysioNet's
        Address of the folder that holds the files and their sums.

    verbose : int, default=0
        Whether to show progress.

    **options : dict
        Passed to :func:`load_eegmat`: `window`, `modalities` and so on.

    Returns
    -------
    dataset : EmotionDataset
        As :func:`load_eegmat` returns it.

    Raises
    ------
    FileNotFoundError
        If files are missing and `download_if_missing` is False.
    ValueError
        If a file does not have its published sum, or none is published for it.
    OSError
        If the server cannot be reached.
    TypeError
        If :func:`load_eegmat` has no such option.

    See Also
    --------
    load_eegmat : Load a copy that is there already.

    Notes
    -----
    The download is tested against a server on the loopback interface only.

    Examples
    --------
    >>> from sklearn_emotion.datasets import fetch_eegmat
    >>> dataset = fetch_eegmat(verbose=1)  # doctest: +SKIP
    """
    # An unknown option is better refused before a long download than after it.
    signature(load_eegmat).bind(**options)
    subjects = check_subjects(subjects)
    folder = find_folder(data_home, "eegmat", "Subject*_*.edf")
    if not download_if_missing:
        check_files(folder, subjects)
    missing, cut = find_faults(folder, subjects)
    if missing or cut:
        _download(folder, [*missing, *cut], base_url, n_retries, verbose)
    return load_eegmat(folder, subjects=subjects, verbose=verbose, **options)


def _download(folder, names, base_url, n_retries, verbose):
    import pooch

    url = base_url if base_url.endswith("/") else f"{base_url}/"
    folder.mkdir(parents=True, exist_ok=True)
    # On the same file system as the data, so that moving a file is atomic.
    staging = folder / f".download-{uuid.uuid4().hex}"
    try:
        with _quiet(pooch.get_logger(), verbose):
            fetcher = pooch.create(
                staging, url, registry={SUMS: None}, retry_if_failed=n_retries
            )
            sums = _read_sums(Path(fetcher.fetch(SUMS)))
            unlisted = [name for name in names if name not in sums]
            if unlisted:
                raise ValueError(f"{url}{SUMS} lists no sum for {unlisted}.")
            fetcher.registry |= {name: sums[name] for name in names}
            for name in names:
                path = fetcher.fetch(name, progressbar=bool(verbose))
                Path(path).replace(folder / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _read_sums(path):
    """Sums by file name, from lines such as ``<sum> *<name>``."""
    lines = path.read_text(encoding="utf-8").split("\n")
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    return {name.strip().lstrip("*").removeprefix("./"): s for s, name in pairs}


@contextmanager
def _quiet(logger, verbose):
    level = logger.level
    if not verbose:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
