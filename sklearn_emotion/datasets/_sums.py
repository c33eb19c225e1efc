"""Sums of the files that the library writes for itself, and where it may write.

A sum is the CRC-32 of the content. It finds accidental damage, such as a file that was
cut off or a changed bit, at the speed of the disk. It does not protect against somebody
who changes the file and its sum.
"""

import json
import zlib

_BLOCK = 2**20
_SUM = "sum"
# Files with sums also state their format, so that a file whose sum was lost is not
# taken for a file of an earlier version.
_FORMAT = "format"
_WITH_SUM = 2


class DamagedFileError(ValueError):
    """A file of the library's own does not contain what was written to it."""


def file_sum(path):
    """Return the sum of a file as eight hexadecimal digits."""
    value = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            value = zlib.crc32(block, value)
    return f"{value:08x}"


def to_json(content, **options):
    """Return a dict as JSON that also contains its format and the sum of the rest.

    `options` are those of :func:`json.dumps`.
    """
    # The sum is computed from what a reader gets, for example text for tuples and keys.
    content = json.loads(json.dumps(content, **options))
    added = {_FORMAT: _WITH_SUM, _SUM: _content_sum(content)}
    return json.dumps({**content, **added}, **options)


def read_json(path):
    """Read a dict from JSON and check its sum.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    content : dict
        The content without the format and the sum.
    is_checked : bool
        Whether the file contains a sum. Files of earlier versions contain none.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    DamagedFileError
        If the file contains no dict, or its sum differs.
    """
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    if not isinstance(content, dict):
        raise damaged(path, f"it holds a {type(content).__name__}, not a dict")
    added = content.pop(_FORMAT, None), content.pop(_SUM, None)
    if added == (None, None):
        return content, False
    if added != (_WITH_SUM, _content_sum(content)):
        raise damaged(path, "its content does not match its sum")
    return content, True


def damaged(path, reason):
    """Return the error for a file with wrong content."""
    return DamagedFileError(f"{path} is damaged: {str(reason).rstrip('.')}.")


def refuse_links(path, root):
    """Check that neither a path nor its folders below `root` are symbolic links.

    A link would lead a write to a file outside the folder. `root` itself is the choice
    of the user and may be a link.
    """
    for part in (path, *path.parents):
        if part == root:
            return
        if part.is_symlink():
            raise OSError(
                f"{part} is a symbolic link. Nothing is written through links inside "
                f"{root}: replace the link by a file or folder of its own, or delete "
                "it."
            )


def _content_sum(content):
    return f"{zlib.crc32(json.dumps(content).encode()):08x}"
