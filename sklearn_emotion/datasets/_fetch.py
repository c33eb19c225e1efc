"""Download of the data sets whose licenses permit it."""

import logging
import shutil
import uuid
from contextlib import contextmanager
from inspect import signature
from pathlib import Path

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._eegmat import (
    FILES,
    check_files,
    check_subjects,
    find_faults,
    load_eegmat,
)
from sklearn_emotion.datasets._home import find_folder

SUMS = "SHA256SUMS.txt"


@fill_doc(LOADER)
def fetch_eegmat(
    data_home=None,
    *,
    subjects=None,
    download_if_missing=True,
    n_retries=3,
    base_url=FILES,
    verbose=0,
    **options,
) -> EmotionDataset:
    """Load EEGMAT after downloading missing files from PhysioNet.

    Each file is checked against the SHA-256 checksum that PhysioNet publishes with the
    data, and is then moved to its final name. An interrupted download continues with
    the next file. Existing files are kept, unless they are shorter than their header
    states. If the copy is complete, the network is not used.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``eegmat`` and is created if it does not exist.

    %(subjects)s
        The numbers are 0 to 35. The files of all subjects have about 175 MB.

    download_if_missing : bool, default=True
        If False, raise an error instead of downloading.

    n_retries : int, default=3
        Number of times that a failed download of a file is tried again.

    base_url : str, default=PhysioNet's
        Address of the folder with the files and their checksums.

    %(verbose)s

    **options : dict
        Further parameters of :func:`load_eegmat`, such as `window` and `modalities`.

    Returns
    -------
    dataset : EmotionDataset
        Data set that :func:`load_eegmat` returns.

    Raises
    ------
    FileNotFoundError
        If files are missing and `download_if_missing` is False.
    ValueError
        If a file does not match its published checksum, or no checksum is published for
        it.
    OSError
        If the server cannot be reached.
    TypeError
        If :func:`load_eegmat` has no such option.

    See Also
    --------
    load_eegmat : Load an existing copy.

    Notes
    -----
    The download is only tested against a server on the loopback interface.

    Examples
    --------
    >>> from sklearn_emotion.datasets import fetch_eegmat
    >>> dataset = fetch_eegmat(verbose=1)  # doctest: +SKIP
    """
    # Unknown options raise an error before a long download, not after it.
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
    """Return the checksums by file name, from lines such as ``<sum> *<name>``."""
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
