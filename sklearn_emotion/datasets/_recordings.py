"""Functions that the loaders of recordings share."""

from numbers import Integral, Real

import numpy as np
import pandas as pd

from sklearn_emotion._files import naming
from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._descriptions import read_description
from sklearn_emotion.datasets._fields import warn_of_signals
from sklearn_emotion.datasets._generated import describe, read_marker
from sklearn_emotion.datasets._home import describe_similar, find_originals, listing
from sklearn_emotion.datasets._mat_structure import check_mat_structure
from sklearn_emotion.modalities import Modalities

BASELINES = ("drop", "keep", "template", "modality")


def check_members(values, known, what):
    """Return the wanted subjects or modalities as a list.

    Parameters
    ----------
    values : sequence or None
        Different members of `known`. None stands for all members, and a string for one.
    known : sequence
        All members.
    what : str
        Name of the parameter, for the error message.
    """
    if values is None:
        return list(known)
    values = [values] if isinstance(values, str) else list(values)
    distinct = {value for value in values if not isinstance(value, bool)}
    if not values or len(distinct) < len(values) or not distinct <= set(known):
        raise ValueError(
            f"{what} must be different members of {_range_text(known)}, got {values}."
        )
    return [value if isinstance(value, str) else int(value) for value in values]


def _range_text(known):
    known = list(known)
    if all(isinstance(member, int) for member in known):
        return f"{known[0]} to {known[-1]}"
    return ", ".join(map(repr, known))


def check_baseline(baseline):
    """Check that `baseline` is one of `BASELINES`."""
    if baseline not in BASELINES:
        raise ValueError(f"baseline must be one of {BASELINES}, got {baseline!r}.")


def to_float(value):
    """Return a number, which may be one of NumPy, as a float. None stays None.

    Parameters of loaders are plain floats before they identify an entry of the cache.
    Other values are returned as they are, for the error message of a later check.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return float(value) if is_number else value


def check_rate(rate, what="sfreq"):
    """Check that a rate in Hz is a positive number."""
    if not isinstance(rate, Real) or not 0 < rate < np.inf:
        raise ValueError(f"{what} must be a positive rate in Hz, got {rate!r}.")


def check_faces(face_rate, face_size):
    """Check that faces have a positive rate and a positive whole number of pixels."""
    check_rate(face_rate, "face_rate")
    if not isinstance(face_size, Integral) or face_size < 1:
        raise ValueError(
            f"face_size must be a positive number of pixels, got {face_size!r}."
        )


def require_files(title, folder, paths, page, *, members=(), parameter="subjects"):
    """Check that all needed files exist, and name the missing files otherwise.

    If files are copies of each other, a warning names them.

    Parameters
    ----------
    title : str
        Name of the data set.
    folder : pathlib.Path
        Its folder.
    paths : sequence of pathlib.Path
        All needed files.
    page : str
        Address of the owners.
    members : dict of int to pathlib.Path, default=()
        File of each subject, if a loader can be asked for some of them. See
        `one_file_each` if they have several.
    parameter : str, default="subjects"
        Name of the loader's parameter that selects members.
    """
    missing = [path for path in paths if not path.is_file()]
    if not missing:
        warn_of_copies(title, paths)
        return
    names = listing([path.relative_to(folder).as_posix() for path in missing])
    state = "" if folder.is_dir() else " (no such folder)"
    there = [member for member in members if members[member].is_file()]
    raise FileNotFoundError(
        f"{title} is not complete in {folder}{state}: {len(missing)} of {len(paths)} "
        f"files missing: {names}. {suggest_members(there, parameter)}"
        f"{_suggest_folder(folder, missing)}{_suggest_name(missing)}Its owners give "
        f"access at {page}; pass its folder as data_home or in the environment "
        "variable SKLEARN_EMOTION_DATA."
    )


def one_file_each(files):
    """Return one file of each subject: one that is missing, if there is one.

    `files` is a dict of (kind, subject) to pathlib.Path.
    """
    members = {}
    for (_, subject), path in files.items():
        if subject not in members or not path.is_file():
            members[subject] = path
    return members


def warn_of_copies(title, paths):
    """Warn if the files of different recordings are copies of each other."""
    copies = [f"{copy} and {first}" for copy, first in find_originals(paths).items()]
    if copies:
        warn_user(
            f"{title}: some files have the same content, although they are different "
            f"recordings: {listing(copies, 3)}. Download them again."
        )


def suggest_members(there, parameter="subjects"):
    """Return the advice to load only the subjects that are there, if there are any."""
    if not there:
        return ""
    return f"To load only what is there, pass {parameter}={sorted(there)}. "


def _suggest_folder(folder, missing):
    """Return the advice where to put files that lie beside their folder, if any do."""
    for path in missing:
        for place in (folder, folder.parent):
            if path.parent != place and (place / path.name).is_file():
                return (
                    f"{place} contains {path.name} itself: put the files into a folder "
                    f"{path.parent.name} and pass the folder that contains it. "
                )
    return ""


def _suggest_name(missing):
    """Return what is in place of a missing file, if there is something."""
    found = next(filter(None, map(describe_similar, missing)), "")
    return found and f"{found}. "


def read_mat(path, names=None, optional=()):
    """Read variables of a MATLAB file, up to version 7.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    names : list of str or None, default=None
        Variables that must exist. If None, all variables are read.
    optional : sequence of str, default=()
        Variables that are read if they exist.

    Returns
    -------
    variables : dict of str to ndarray
        Cells and structures as `scipy.io.loadmat` returns them, not squeezed.
    """
    from scipy.io import loadmat

    with naming(path, "a MATLAB file"), path.open("rb") as file:
        if file.read(128)[124:126] in (b"\x00\x02", b"\x02\x00"):
            raise ValueError(
                f"{path} is a MATLAB file of version 7.3 (HDF5), but this loader reads "
                "versions up to 7. Convert it with load and save(..., '-v7') in "
                "MATLAB, or with h5py and scipy.io.savemat in Python."
            )
        file.seek(0)
        wanted = None if names is None else [*names, *optional]
        check_mat_structure(path, wanted)
        content = loadmat(file, variable_names=wanted)
        absent = [name for name in names or [] if name not in content]
        if absent:
            raise ValueError(f"{path} holds no variable {', '.join(absent)}.")
        return {k: v for k, v in content.items() if not k.startswith("__")}


def subtract_template(signal, baseline, n_segment):
    """Subtract the mean of the baseline's segments from each segment of a trial.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Trials. The last segment may be incomplete.
    baseline : ndarray of shape (..., n_baseline)
        Rest before each trial. An incomplete last segment is dropped.
    n_segment : int
        Number of samples in a segment.

    Returns
    -------
    signal : ndarray of shape (..., n_times)
        Copy of the trials without the mean.
    """
    n_segments = baseline.shape[-1] // n_segment
    segments = baseline[..., : n_segments * n_segment]
    segments = segments.reshape(*baseline.shape[:-1], n_segments, n_segment)
    template = segments.mean(axis=-2)
    position = np.arange(signal.shape[-1]) % n_segment
    return signal - template[..., position]


def make_dataset(
    name, arrays, columns, *, sfreq, ch_names, units, folder=None, **extra
):
    """Return the data set with the given arrays and columns.

    Parameters
    ----------
    name : str
        Name of the description in ``descr``.
    arrays : dict of str to ndarray
        Modalities, including the baselines.
    columns : dict of str to ndarray
        Columns of the metadata.
    sfreq, ch_names, units : dict
        Values by modality. The values of ``eeg`` also apply to ``baseline``, and those
        of ``gsr`` to ``baseline_gsr``.
    folder : pathlib.Path or None, default=None
        Folder of the data set. If a marker in it says that the recordings are
        generated, the description says so, too, and the field ``generated`` is True.
    **extra : dict
        Other fields.

    Returns
    -------
    dataset : EmotionDataset
        Data set with the modalities in the order of `sfreq`, followed by baselines.
    """
    marker = None if folder is None else read_marker(folder)
    if marker is not None:
        extra["generated"] = True
    warn_of_signals(f"Data set {name}", arrays, columns["subject"], ch_names)
    order = list(sfreq) + [key for key in arrays if key not in sfreq]
    origin = {key: _origin(key) for key in order}
    return EmotionDataset(
        data=Modalities(**{key: arrays[key] for key in order}),
        metadata=pd.DataFrame(columns),
        sfreq={key: sfreq[origin[key]] for key in order},
        ch_names={key: list(ch_names[origin[key]]) for key in order},
        units={key: units[origin[key]] for key in order},
        DESCR=describe(marker) + read_description(name),
        **extra,
    )


def _origin(key):
    if key == "baseline":
        return "eeg"
    return key.removeprefix("baseline_")
