"""The container that every loader and generator returns."""

import warnings
from collections.abc import Mapping
from importlib.resources import files

import numpy as np
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype
from sklearn.utils import Bunch

from sklearn_emotion.datasets._epochs import read_epochs
from sklearn_emotion.datasets._fields import (
    check_ch_names,
    check_metadata_table,
    check_rates,
    check_units,
)
from sklearn_emotion.modalities import Modalities

GROUPS = ("subject", "trial", "stimulus")
# The middle of ratings from 1 to 9.
THRESHOLD = 5.0


class EmotionDataset(Bunch):
    """Signals of one or several modalities, and what is known of each sample.

    A :class:`~sklearn.utils.Bunch`: its fields are keys and attributes alike.

    Read more in the User Guide: :ref:`datasets`, :ref:`own_data`.

    Parameters
    ----------
    data : Modalities or dict of str to array-like
        One array of shape (n_samples, ...) per modality.

    metadata : pandas.DataFrame of n_samples rows
        The column ``subject`` and, where they are known, ``trial`` (unique over
        subjects), ``stimulus``, ``window`` (number of the window in its trial),
        ``onset`` (of the window in the trial, in s), ratings and labels.

    sfreq : dict of str to float
        Sampling rate of each modality in Hz; of features, their rows per second.

    ch_names : dict of str to list of str, default=None
        Channel names of each modality, in the order of its channel axis, or the name
        of a montage such as ``"deap32"``. The channels of signals of shape (n_samples,
        n_channels, n_times) that it leaves out are numbered (``"eeg0"``).

    units : dict of str to str, default=None
        Unit of each modality; ``"unknown"`` for those that it leaves out.

    DESCR : str, default=""
        Description of the data set.

    **extra : dict
        Further fields; of those that are Modalities, one sample belongs to each row.

    Raises
    ------
    ValueError
        If `data` does not name its modalities or disagrees with `metadata` on the
        number of samples, `metadata` has no ``subject`` or a trial of two subjects, a
        rate is missing, or there are more or fewer names than channels.

    See Also
    --------
    EmotionDataset.from_epochs : From the epochs of MNE.

    Examples
    --------
    Recordings of one's own need the subject of each sample:

    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn_emotion.datasets import EmotionDataset
    >>> EmotionDataset(
    ...     data={"eeg": np.zeros((6, 32, 512))},
    ...     metadata=pd.DataFrame({"subject": [1, 1, 1, 2, 2, 2]}),
    ...     sfreq={"eeg": 256.0},
    ...     ch_names={"eeg": "biosemi32"},
    ... )
    EmotionDataset(6 samples, 2 subjects; eeg: (6, 32, 512) at 256 Hz)

    Generated ones:

    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(n_subjects=2, n_trials=4, random_state=0)
    >>> dataset
    EmotionDataset(24 samples, 2 subjects, 8 trials; eeg: (24, 32, 1280) at 128 Hz)
    >>> dataset.target("valence")[::3].tolist()
    [0, 1, 1, 0, 1, 0, 0, 1]
    >>> dataset.select(dataset.groups("subject") == 1).metadata.trial.unique().tolist()
    [4, 5, 6, 7]
    """

    def __init__(
        self, *, data, metadata, sfreq, ch_names=None, units=None, DESCR="", **extra
    ):
        if not isinstance(data, Mapping):
            raise ValueError(
                "data must be Modalities, as in data=Modalities(eeg=...); got "
                f"{type(data).__name__}."
            )
        if not isinstance(data, Modalities):
            data = Modalities(**data)
        check_metadata_table(metadata)
        if len(data) != len(metadata):
            raise ValueError(
                "data and metadata must have the same n_samples, got "
                f"{len(data)} and {len(metadata)}."
            )
        super().__init__(
            data=data,
            metadata=metadata,
            sfreq=check_rates(sfreq, data),
            ch_names=check_ch_names(ch_names, data),
            units=check_units(units, data),
            DESCR=DESCR,
            **extra,
        )

    @classmethod
    def from_epochs(cls, epochs, metadata=None, *, modalities=("eeg",), DESCR=""):
        """Make a data set of MNE's epochs.

        Read more in the :ref:`User Guide <own_data>`.

        Parameters
        ----------
        epochs : mne.Epochs
            Epochs of one subject or several (``mne.concatenate_epochs``). Channels
            that are marked as bad are kept: interpolate or drop them before.
        metadata : pandas.DataFrame of n_epochs rows, default=None
            Who and what: see :class:`EmotionDataset`. If None, ``epochs.metadata``.
        modalities : str or sequence of str, default=("eeg",)
            Types of channel, each a modality: ``"eeg"``, ``"eog"`` and ``"emg"`` are
            turned from MNE's volts to µV, ``"ecg"`` to mV, ``"gsr"`` from siemens to
            µS, ``"resp"`` stays as it is.
        DESCR : str, default=""
            Description of the data set.

        Returns
        -------
        dataset : EmotionDataset
            Arrays of shape (n_epochs, n_channels, n_times), float32, with the rate and
            the channel names of `epochs`.

        Raises
        ------
        ValueError
            If `epochs` are none, there are no channels of a type, no metadata, or not
            one row per epoch.

        Examples
        --------
        >>> import mne
        >>> import numpy as np
        >>> import pandas as pd
        >>> from sklearn_emotion.datasets import EmotionDataset
        >>> info = mne.create_info(["Fz", "Cz", "ECG"], 256.0, ["eeg", "eeg", "ecg"])
        >>> metadata = pd.DataFrame({"subject": [1, 1, 2, 2], "valence": [7, 2, 8, 3]})
        >>> epochs = mne.EpochsArray(
        ...     np.full((4, 3, 512), 2e-5), info, metadata=metadata, verbose=False
        ... )
        >>> dataset = EmotionDataset.from_epochs(epochs, modalities=("eeg", "ecg"))
        >>> dataset
        EmotionDataset(4 samples, 2 subjects; eeg: (4, 2, 512) at 256 Hz,
                       ecg: (4, 1, 512) at 256 Hz)
        >>> dataset.data["eeg"][0, 0, 0], dataset.units["eeg"]
        (np.float32(20.0), 'µV')
        """
        fields = read_epochs(epochs, metadata, modalities)
        return cls(**fields, DESCR=DESCR)

    def target(self, name, threshold=THRESHOLD, side=">"):
        """Make labels of one column of the metadata.

        Parameters
        ----------
        name : str
            A column: a rating such as ``"valence"``, or a label such as ``"task"``. Or
            ``"quadrant"``: the quadrant of valence and arousal, from ``"HVHA"`` (both
            are high) to ``"LVLA"``.
        threshold : float or None, default=5.0
            Ratings beyond it are high; 5 is the middle of ratings from 1 to 9. None
            returns the ratings themselves, for regression. Columns of strings,
            booleans or categories are labels as they stand: numbers that are classes
            become so by ``metadata[name] = metadata[name].astype("category")``.
        side : {">", ">="}, default=">"
            Whether a rating equal to `threshold` is low (``">"``) or high (``">="``).
            It matters for ratings on a scale of whole numbers.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            0 (low) and 1 (high) for a rating, the column's own values for a label,
            floats where `threshold` is None.

        Raises
        ------
        ValueError
            If there is no such column, `side` is another string, or samples have no
            value.

        Warns
        -----
        UserWarning
            If ratings that differ are all on one side of `threshold`, or it is 5 and
            the column holds whole numbers from 0 to 6, 7 or 8, as of numbered classes.
        """
        if side not in (">", ">="):
            raise ValueError(f"side must be '>' or '>=', got {side!r}.")
        if name == "quadrant" and name not in self.metadata:
            return self._quadrants(threshold, side)
        column = self._column(name, "target")
        missing = int(column.isna().sum())
        if missing:
            raise ValueError(
                f"{missing} of {len(column)} samples have no {name!r}; drop them "
                f"first: dataset.select(dataset.metadata[{name!r}].notna())."
            )
        if is_bool_dtype(column):
            return column.to_numpy(dtype=np.int64)
        if not is_numeric_dtype(column):
            labels = np.asarray(column)  # of categories: their own dtype
            return labels if labels.dtype.kind in "iuf" else labels.astype(str)
        ratings = column.to_numpy(dtype=np.float64)
        if threshold is None:
            return ratings
        high = ratings > threshold if side == ">" else ratings >= threshold
        _warn_of_threshold(column, high, threshold)
        return high.astype(np.int64)

    def _quadrants(self, threshold, side):
        if threshold is None:
            raise ValueError(
                "target 'quadrant' is a class and has no ratings; take 'valence' or "
                "'arousal'."
            )
        high_valence, high_arousal = (
            self.target(name, threshold, side) for name in ("valence", "arousal")
        )
        names = np.array([["LVLA", "LVHA"], ["HVLA", "HVHA"]])
        return names[high_valence, high_arousal]

    def groups(self, level="subject"):
        """Say what each sample belongs to, for scikit-learn's group splitters.

        Parameters
        ----------
        level : {"subject", "trial", "stimulus"}, default="subject"
            Samples of one subject, of one trial of one subject, or of one stimulus
            (of all subjects) share a group.

        Returns
        -------
        groups : ndarray of shape (n_samples,)
            The subject, trial or stimulus of each sample.

        Raises
        ------
        ValueError
            If `level` is another string, or not known for this data set.
        """
        if level not in GROUPS:
            raise ValueError(f"level must be one of {GROUPS}, got {level!r}.")
        return self._column(level, "level").to_numpy()

    def select(self, samples):
        """Return the data set of some samples.

        Parameters
        ----------
        samples : array-like of bool of shape (n_samples,), array-like of int or slice
            Mask, positions or slice.

        Returns
        -------
        subset : EmotionDataset
            Its arrays are copies unless `samples` is a slice; its metadata are
            numbered from 0.
        """
        if not isinstance(samples, slice):
            samples = np.asarray(samples)
        metadata = self.metadata.iloc[samples].reset_index(drop=True)
        chosen = {
            name: value[samples]
            for name, value in self.items()
            if isinstance(value, Modalities)
        }
        return type(self)(**{**self, **chosen, "metadata": metadata})

    def _column(self, name, what):
        if name not in self.metadata:
            raise ValueError(
                f"{what} {name!r} is not known for this data set; its metadata are "
                f"{list(self.metadata.columns)}."
            )
        return self.metadata[name]

    def __repr__(self):
        arrays = ", ".join(
            f"{name}: {array.shape}"
            + (f" at {self.sfreq[name]:g} Hz" if name in self.sfreq else "")
            for name, array in self.data.items()
        )
        counts = "".join(
            f", {self.metadata[level].nunique()} {level}s"
            for level in ("subject", "trial")
            if level in self.metadata
        )
        return f"{type(self).__name__}({len(self.data)} samples{counts}; {arrays})"


def _warn_of_threshold(column, high, threshold):
    if column.nunique() < 2:
        return  # no threshold would do better
    low, top = column.min(), column.max()
    if high.all() or not high.any():
        problem = (
            f"threshold={threshold:g} puts every sample on one side: {column.name!r} "
            f"goes from {low:g} to {top:g}. Pass a threshold within that range, as in "
            f"threshold={(low + top) / 2:g}."
        )
    # Ratings start at 1, or go on to 10; numbered emotions do neither.
    elif is_integer_dtype(column) and threshold == THRESHOLD and low == 0 and top < 9:
        problem = (
            f"{column.name!r} holds whole numbers from 0 to {top}, which threshold=5 "
            "makes 0 (low) and 1 (high). Make ratings floats, and this is silent."
        )
    else:
        return
    warnings.warn(
        f"{problem} If its numbers are classes, say so: metadata[{column.name!r}] = "
        f"metadata[{column.name!r}].astype('category').",
        UserWarning,
        stacklevel=3,
    )


def read_description(name):
    """Return the description of a data set that the package ships.

    Parameters
    ----------
    name : str
        Name of a file in ``descr``, without its suffix.

    Returns
    -------
    description : str
        Its text.
    """
    path = files("sklearn_emotion.datasets") / "descr" / f"{name}.rst"
    return path.read_text(encoding="utf-8")
