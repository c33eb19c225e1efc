"""The container that every loader and generator returns."""

from collections.abc import Mapping
from importlib.resources import files

import numpy as np
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.utils import Bunch

from sklearn_emotion.modalities import Modalities

GROUPS = ("subject", "trial", "stimulus")


class EmotionDataset(Bunch):
    """Signals of one or several modalities, and what is known of each sample.

    A :class:`~sklearn.utils.Bunch`: its fields are keys and attributes alike.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    data : Modalities or dict of str to array-like
        One array of shape (n_samples, ...) per modality.

    metadata : pandas.DataFrame of n_samples rows
        Columns ``subject``, ``trial`` (unique over subjects), ``window`` (number of
        the window in its trial), ``onset`` (of the window in the trial, in s),
        ``stimulus`` where it is known, and the data set's ratings or labels.

    sfreq : dict of str to float
        Sampling rate of each modality in Hz.

    ch_names : dict of str to list of str
        Channel names of each modality, in the order of its channel axis.

    units : dict of str to str
        Unit of each modality.

    DESCR : str
        Description of the data set.

    **extra : dict
        Further fields; of those that are Modalities, one sample belongs to each row.

    Raises
    ------
    ValueError
        If `data` does not name its modalities, or disagrees with `metadata` on the
        number of samples.

    Examples
    --------
    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(n_subjects=2, n_trials=4, random_state=0)
    >>> dataset
    EmotionDataset(24 samples, 2 subjects, 8 trials; eeg: (24, 32, 1280) at 128 Hz)
    >>> dataset.target("valence")[::3].tolist()
    [0, 1, 1, 0, 1, 0, 0, 1]
    >>> dataset.select(dataset.groups("subject") == 1).metadata.trial.unique().tolist()
    [4, 5, 6, 7]
    """

    def __init__(self, *, data, metadata, sfreq, ch_names, units, DESCR, **extra):
        if not isinstance(data, Mapping):
            raise ValueError(
                "data must be Modalities, as in data=Modalities(eeg=...); got "
                f"{type(data).__name__}."
            )
        if not isinstance(data, Modalities):
            data = Modalities(**data)
        if len(data) != len(metadata):
            raise ValueError(
                "data and metadata must have the same n_samples, got "
                f"{len(data)} and {len(metadata)}."
            )
        super().__init__(
            data=data,
            metadata=metadata,
            sfreq=sfreq,
            ch_names=ch_names,
            units=units,
            DESCR=DESCR,
            **extra,
        )

    def target(self, name, threshold=5.0, side=">"):
        """Make labels of one column of the metadata.

        Parameters
        ----------
        name : str
            A column: a rating such as ``"valence"``, or a label such as ``"task"``. Or
            ``"quadrant"``: the quadrant of valence and arousal, from ``"HVHA"`` (both
            are high) to ``"LVLA"``.
        threshold : float or None, default=5.0
            Ratings beyond it are high. None returns the ratings themselves, for
            regression. Columns of strings or booleans are labels as they stand.
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
            return column.to_numpy(dtype=str)
        ratings = column.to_numpy(dtype=np.float64)
        if threshold is None:
            return ratings
        high = ratings > threshold if side == ">" else ratings >= threshold
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
            f"{name}: {array.shape} at {self.sfreq[name]:g} Hz"
            for name, array in self.data.items()
        )
        n_subjects, n_trials = (
            self.metadata[level].nunique() for level in ("subject", "trial")
        )
        return (
            f"{type(self).__name__}({len(self.data)} samples, {n_subjects} subjects, "
            f"{n_trials} trials; {arrays})"
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
