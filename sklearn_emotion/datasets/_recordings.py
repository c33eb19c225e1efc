"""What the loaders of recordings have in common."""

from numbers import Integral, Real

import numpy as np
import pandas as pd

from sklearn_emotion.datasets._bunch import EmotionDataset, read_description
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.datasets._mat_structure import check_mat_structure
from sklearn_emotion.modalities import Modalities

BASELINES = ("drop", "keep", "template", "modality")


def check_members(values, known, what):
    """Return the wanted subjects or modalities.

    Parameters
    ----------
    values : sequence or None
        Different members of `known`; None means all of them, a string is one.
    known : sequence
        What there is.
    what : str
        Name of the parameter, for the message.

    Returns
    -------
    values : list
        The same, in the order given.

    Raises
    ------
    ValueError
        If there is none, one does not exist, or one occurs twice.
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
    """Raise if `baseline` is none of the ways to treat the rest before a trial.

    Parameters
    ----------
    baseline : str
        One of `BASELINES`.

    Raises
    ------
    ValueError
        If it is another one.
    """
    if baseline not in BASELINES:
        raise ValueError(f"baseline must be one of {BASELINES}, got {baseline!r}.")


def check_rate(rate, what="sfreq"):
    """Raise if a rate is none.

    Parameters
    ----------
    rate : float
        Rate in Hz.
    what : str, default="sfreq"
        Name of the parameter, for the message.

    Raises
    ------
    ValueError
        If it is not a positive number.
    """
    if not isinstance(rate, Real) or not 0 < rate < np.inf:
        raise ValueError(f"{what} must be a positive rate in Hz, got {rate!r}.")


def check_faces(face_rate, face_size):
    """Raise if faces cannot have such a rate or size.

    Parameters
    ----------
    face_rate : float
        Frames a second.
    face_size : int
        Side of the crops in pixels.

    Raises
    ------
    ValueError
        If the rate is not positive, or the side is no whole number of pixels.
    """
    check_rate(face_rate, "face_rate")
    if not isinstance(face_size, Integral) or face_size < 1:
        raise ValueError(
            f"face_size must be a positive number of pixels, got {face_size!r}."
        )


def require_files(title, folder, paths, page):
    """Raise if files of a data set are missing, naming all of them.

    Parameters
    ----------
    title : str
        Name of the data set.
    folder : pathlib.Path
        Its folder.
    paths : list of pathlib.Path
        What is needed.
    page : str
        Where to get the data set.

    Raises
    ------
    FileNotFoundError
        If at least one is missing.
    """
    missing = [path for path in paths if not path.is_file()]
    if not missing:
        return
    names = listing([path.relative_to(folder).as_posix() for path in missing])
    state = "" if folder.is_dir() else " (no such folder)"
    raise FileNotFoundError(
        f"{title} is not complete in {folder}{state}: {len(missing)} of {len(paths)} "
        f"files missing: {names}. Its owners give access at {page}; pass its folder as "
        "data_home or in the environment variable SKLEARN_EMOTION_DATA."
    )


def read_mat(path, names=None, optional=()):
    """Read variables of a MATLAB file, up to version 7.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    names : list of str or None, default=None
        Variables that must be there. If None, all are read.
    optional : sequence of str, default=()
        Variables that are read where they are there.

    Returns
    -------
    variables : dict of str to ndarray
        Cells and structures as `scipy.io.loadmat` gives them, not squeezed.

    Raises
    ------
    ValueError
        If the file is empty, cut off, no MATLAB file, of version 7.3, or lacks a
        variable.
    """
    from scipy.io import loadmat

    with path.open("rb") as file:
        if file.read(128)[124:126] in (b"\x00\x02", b"\x02\x00"):
            raise ValueError(
                f"{path} is a MATLAB file of version 7.3 (HDF5), and this loader reads "
                "versions up to 7. Convert it: load and save(..., '-v7') in MATLAB, or "
                "h5py and scipy.io.savemat in Python."
            )
        file.seek(0)
        try:
            check_mat_structure(path)
            wanted = None if names is None else [*names, *optional]
            content = loadmat(file, variable_names=wanted)
        except Exception as error:
            # A broken file can raise nearly anything.
            raise ValueError(
                f"{path} cannot be read as a MATLAB file ({path.stat().st_size} "
                f"bytes): it is cut off or damaged ({error})."
            ) from error
    absent = [name for name in names or [] if name not in content]
    if absent:
        raise ValueError(f"{path} holds no variable {', '.join(absent)}.")
    return {k: v for k, v in content.items() if not k.startswith("__")}


def subtract_template(signal, baseline, n_segment):
    """Subtract the mean of the baseline's segments from each segment of a trial.

    Parameters
    ----------
    signal : ndarray of shape (..., n_times)
        Trials.
    baseline : ndarray of shape (..., n_baseline)
        The rest before each; a last part that fills no segment is dropped.
    n_segment : int
        Samples in a segment.

    Returns
    -------
    signal : ndarray of shape (..., n_times)
        A new array; its last segment may be a part.
    """
    n_segments = baseline.shape[-1] // n_segment
    segments = baseline[..., : n_segments * n_segment]
    segments = segments.reshape(*baseline.shape[:-1], n_segments, n_segment)
    template = segments.mean(axis=-2)
    position = np.arange(signal.shape[-1]) % n_segment
    return signal - template[..., position]


def make_dataset(name, arrays, columns, *, sfreq, ch_names, units, **extra):
    """Return the data set of arrays and columns that were loaded.

    Parameters
    ----------
    name : str
        Of the page in ``descr``.
    arrays : dict of str to ndarray
        Modalities, those of baselines included.
    columns : dict of str to ndarray
        Columns of the metadata.
    sfreq, ch_names, units : dict
        By modality. What is said of ``eeg`` holds for ``baseline``, of ``gsr`` for
        ``baseline_gsr``.
    **extra : dict
        Other fields.

    Returns
    -------
    dataset : EmotionDataset
        In the order of `sfreq`, baselines last.
    """
    order = list(sfreq) + [key for key in arrays if key not in sfreq]
    origin = {key: _origin(key) for key in order}
    return EmotionDataset(
        data=Modalities(**{key: arrays[key] for key in order}),
        metadata=pd.DataFrame(columns),
        sfreq={key: sfreq[origin[key]] for key in order},
        ch_names={key: list(ch_names[origin[key]]) for key in order},
        units={key: units[origin[key]] for key in order},
        DESCR=read_description(name),
        **extra,
    )


def baseline_name(modality):
    """Return the key of a modality's baseline.

    Parameters
    ----------
    modality : str
        Name of the modality.

    Returns
    -------
    key : str
        ``"baseline"`` for the EEG, ``"baseline_gsr"`` for ``"gsr"``.
    """
    return "baseline" if modality == "eeg" else f"baseline_{modality}"


def _origin(key):
    if key == "baseline":
        return "eeg"
    return key.removeprefix("baseline_")
