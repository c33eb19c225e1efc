"""The file of a model: a zip archive with a sum over all of its bytes."""

import hashlib
import json
import os
import uuid
import zipfile
from io import BytesIO
from pathlib import Path

# Members of the file. The last is there only if the model contains networks.
VERSIONS, MODEL, WEIGHTS = "versions.json", "model.skops", "weights.safetensors"
# The comment of the archive is the SHA-256 of all bytes before it.
_SUM_LENGTH = 64
# Sparse matrices are compressed. More than this number of bytes may be at most so many
# times as large as the compressed matrix.
_UNCOMPRESSED, _LARGEST_RATIO = 2**24, 200


class ModelFileError(ValueError):
    """A file that :func:`~sklearn_emotion.load_model` refuses.

    The message says why: the file is damaged or of another kind, it comes from a newer
    version of the library, or it contains a type that is not trusted.

    Read more in the :ref:`User Guide <save_and_deploy>`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn_emotion import load_model
    >>> from sklearn_emotion.persistence import ModelFileError
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.zip")
    ...     _ = path.write_bytes(b"something else")
    ...     try:
    ...         load_model(path)
    ...     except ModelFileError as error:
    ...         print(str(error).removeprefix(str(path)))
     is not a model that save_model wrote, or it was changed or cut off afterwards...
    """


def write_members(path, members):
    """Write a file from its members, a dict of str to bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        archive.comment = b"0" * _SUM_LENGTH
    content = buffer.getvalue()[:-_SUM_LENGTH]
    write_file(path, content + _sum(content))


def read_members(path):
    """Return the members of a file, after checking the file and their sizes."""
    content = Path(path).read_bytes()
    body, found = content[:-_SUM_LENGTH], content[-_SUM_LENGTH:]
    if found != _sum(body):
        raise ModelFileError(
            f"{path} is not a model that save_model wrote, or it was changed or cut "
            "off afterwards: its checksum does not match. Copy the file again from "
            "where it was saved. If it is a pickle, load it with joblib or pickle."
        )
    members = _stored_members(content)
    if not {VERSIONS, MODEL} <= members.keys() <= {VERSIONS, MODEL, WEIGHTS}:
        raise ValueError(f"it contains {sorted(members)}")
    return members


def check_skops_file(content):
    """Check a file of skops before skops reads it.

    No part of it may become much larger when it is read, and a dtype must come from an
    array: a dtype from other numbers could describe memory that does not belong to it.
    """
    members = _stored_members(content)
    for name, member in members.items():
        if name.endswith(".npz"):
            with zipfile.ZipFile(BytesIO(member)) as matrix:
                size = sum(info.file_size for info in matrix.infolist())
            if size > max(_UNCOMPRESSED, _LARGEST_RATIO * len(member)):
                raise ValueError(
                    f"the matrix {name} of {len(member)} bytes would become {size} "
                    "bytes"
                )
    _check_dtypes(json.loads(members["schema.json"]))


def _check_dtypes(node):
    """Check that each dtype in a schema, or in a part of it, comes from an array."""
    if isinstance(node, dict):
        name = node.get("__module__"), node.get("__class__")
        if name == ("numpy", "dtype") and node.get("__loader__") != "DTypeNode":
            raise ValueError("it contains a dtype that is not the dtype of an array")
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            _check_dtypes(part)


def _stored_members(content):
    """Return the members of an archive whose members are not compressed."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        infos = archive.infolist()
        names = [info.filename for info in infos]
        if len(set(names)) < len(names):
            raise ValueError("it contains a member twice")
        for info in infos:
            if info.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"its member {info.filename} is compressed")
        if sum(info.file_size for info in infos) > len(content):
            raise ValueError("its members are larger than the file")
        return {name: archive.read(name) for name in names}


def _sum(content):
    return hashlib.sha256(content).hexdigest().encode()


def write_file(path, content):
    """Write a file so that it is never incomplete.

    The content is written under another name, which no link can redirect, and then
    moved.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"The folder {path.parent} does not exist. Create it before you write "
            f"{path.name}."
        )
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder. Pass the name of a file.")
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
