"""Download of the data sets whose licenses permit it."""

import io
import logging
import re
import shutil
import threading
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
# Limits of one file: the largest has 4 MB.
MAX_BYTES = 2**26
MAX_SECONDS = 900.0
_LINE = re.compile(r"([0-9a-fA-F]{64})\s+\*?(?:\./)?(\S.*)")


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
        If a file does not match its published checksum, no checksum is published for
        it, or the server sends something else than a list of checksums, such as the
        page on which a network asks users to log in.
    OSError
        If the server cannot be reached, or sends a file of more than 64 MiB or for more
        than 15 minutes.
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

    download = _BoundedDownloader(bool(verbose))
    url = base_url if base_url.endswith("/") else f"{base_url}/"
    folder.mkdir(parents=True, exist_ok=True)
    # On the same file system as the data, so that moving a file is atomic.
    staging = folder / f".download-{uuid.uuid4().hex}"
    try:
        with _quiet(pooch.get_logger(), verbose):
            fetcher = pooch.create(
                staging, url, registry={SUMS: None}, retry_if_failed=n_retries
            )
            sums = _read_sums(Path(fetcher.fetch(SUMS, downloader=download)), url)
            unlisted = [name for name in names if name not in sums]
            if unlisted:
                raise ValueError(f"{url}{SUMS} lists no sum for {unlisted}.")
            fetcher.registry |= {name: sums[name] for name in names}
            for name in names:
                path = fetcher.fetch(name, downloader=download)
                Path(path).replace(folder / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class _BoundedDownloader:
    """Downloads files for pooch, limited in size and in time.

    A server can stop a single read for almost any time by sending a byte now and then.
    The file is therefore received by a thread, which is left alone after the time is
    over. It writes to memory only, so that it leaves nothing on the disk.
    """

    def __init__(self, progressbar):
        self.progressbar = progressbar

    def __call__(self, url, output_file, fetcher):
        import pooch

        body, errors = _BoundedBody(url), []
        receive = pooch.HTTPDownloader(progressbar=self.progressbar)

        def run():
            try:
                receive(url, body, fetcher)
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            thread.join(MAX_SECONDS)
        finally:
            body.is_closed = True
        if thread.is_alive():
            raise OSError(
                f"The download of {url} was stopped, because it was not finished after "
                f"{MAX_SECONDS:g} s."
            )
        if errors:
            # Removed from the list, so that the error does not refer to itself.
            raise errors.pop()
        Path(output_file).write_bytes(body.getvalue())


class _BoundedBody(io.BytesIO):
    """The content of a download, which raises an error if it becomes too large."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.is_closed = False

    def write(self, content):
        if self.is_closed:
            raise OSError("Nobody waits for this download any more.")
        if self.tell() + len(content) > MAX_BYTES:
            raise OSError(
                f"The download of {self.url} was stopped, because it has more than "
                f"{MAX_BYTES} bytes."
            )
        return super().write(content)


def _read_sums(path, url):
    """Return the checksums by file name, from lines such as ``<sum> *<name>``."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    matches = [_LINE.fullmatch(line) for line in lines]
    if not lines or None in matches:
        start = " ".join(text.split())[:60]
        raise ValueError(
            f"{url}{SUMS} is not a list of checksums; it begins with {start!r}. If "
            "this is a web page, the network may want you to log in first: open any "
            "page in a browser, and try again."
        )
    return {match[2]: match[1].lower() for match in matches}


@contextmanager
def _quiet(logger, verbose):
    level = logger.level
    if not verbose:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
