"""The container that every loader and generator returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype
from sklearn.utils import Bunch

from sklearn_emotion._frames import stored
from sklearn_emotion.datasets._concat import concat_fields
from sklearn_emotion.datasets._epochs import read_epochs
from sklearn_emotion.datasets._fields import (
    check_ch_names,
    check_metadata_table,
    check_rates,
    check_rows,
    check_units,
    described,
)
from sklearn_emotion.datasets._summary import summarize
from sklearn_emotion.datasets._targets import make_target, read_column
from sklearn_emotion.datasets._thresholds import THRESHOLD
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.preprocessing import explode_windows

if TYPE_CHECKING:
    import mne
    from numpy.typing import ArrayLike

GROUPS = ("subject", "trial", "stimulus")


class EmotionDataset(Bunch):
    """Signals of one or several modalities, with a table that describes each sample.

    This class is a :class:`~sklearn.utils.Bunch`: each field is both a key and an
    attribute.

    Read more in the User Guide: :ref:`datasets`, :ref:`own_data`.

    Parameters
    ----------
    data : Modalities or dict of str to array-like
        One array of shape (n_samples, ...) per modality.

    metadata : pandas.DataFrame of n_samples rows
        The column ``subject`` is required. Other columns are used if they are present:
        ``trial`` (unique across subjects), ``stimulus``, ``window`` (number of the
        window in its trial), ``onset`` (of the window in the trial, in seconds),
        ratings and labels.

    sfreq : dict of str to float
        Sampling rate of each modality in Hz. The rate of features is their number of
        rows per second.

    ch_names : dict of str to list of str, default=None
        Channel names of each modality, in the order of its channel axis, or the name of
        a montage such as ``"deap32"``. If signals of shape (n_samples, n_channels,
        n_times) have no entry, their channels are numbered (``"eeg0"``).

    units : dict of str to str, default=None
        Unit of each modality. Modalities without an entry have the unit ``"unknown"``.

    DESCR : str, default=""
        Description of the data set.

    **extra : dict
        Further fields. Fields that are Modalities hold one entry per sample.

    Raises
    ------
    ValueError
        If `data` does not name its modalities or disagrees with `metadata` on the
        number of samples, `metadata` has no ``subject`` or has a trial that belongs to
        several subjects, a sampling rate is missing, or the number of names differs
        from the number of channels.

    See Also
    --------
    EmotionDataset.from_epochs : Make a data set from the epochs of MNE.

    Examples
    --------
    Your own recordings need the subject of each sample:

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

    :func:`make_emotion` generates a data set:

    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(n_subjects=2, n_trials=4, random_state=0)
    >>> dataset
    EmotionDataset(24 samples, 2 subjects, 8 trials; eeg: (24, 32, 1280) at 128 Hz)
    >>> dataset.target("valence")[::3].tolist()
    [0, 1, 1, 0, 1, 0, 0, 1]
    >>> dataset.select(dataset.groups("subject") == 1).metadata.trial.unique().tolist()
    [4, 5, 6, 7]
    """

    data: Modalities
    metadata: pd.DataFrame
    sfreq: Mapping[str, float]
    ch_names: dict[str, list[str]]
    units: dict[str, str]
    DESCR: str

    def __init__(
        self,
        *,
        data: Mapping[str, ArrayLike],
        metadata: pd.DataFrame,
        sfreq: Mapping[str, float],
        ch_names: Mapping[str, str | Sequence[str]] | None = None,
        units: Mapping[str, str] | None = None,
        DESCR: str = "",
        **extra: Any,
    ) -> None:
        if not isinstance(data, Mapping):
            raise ValueError(
                "data must be Modalities, as in data=Modalities(eeg=...); got "
                f"{type(data).__name__}."
            )
        if not isinstance(data, Modalities):
            data = Modalities(**data)
        metadata = check_metadata_table(metadata)
        if len(data) != len(metadata):
            raise ValueError(
                "data and metadata must have the same n_samples, got "
                f"{len(data)} and {len(metadata)}."
            )
        sfreq = check_rates(sfreq, data)
        ch_names = check_ch_names(ch_names, data)
        super().__init__(
            data=described(data, sfreq, ch_names),
            metadata=metadata,
            sfreq=sfreq,
            ch_names=ch_names,
            units=check_units(units, data),
            DESCR=DESCR,
            **extra,
        )

    @classmethod
    def from_epochs(
        cls,
        epochs: mne.BaseEpochs,
        metadata: pd.DataFrame | None = None,
        *,
        modalities: str | Sequence[str] = ("eeg",),
        DESCR: str = "",
    ) -> EmotionDataset:
        """Make a data set from the epochs of MNE.

        Read more in the :ref:`User Guide <own_data>`.

        Parameters
        ----------
        epochs : mne.Epochs
            Epochs of one or several subjects (see ``mne.concatenate_epochs``). Channels
            that are marked as bad are kept. To avoid this, interpolate or drop them
            before.
        metadata : pandas.DataFrame of n_epochs rows, default=None
            Description of each epoch, see :class:`EmotionDataset`. If None,
            ``epochs.metadata`` is used.
        modalities : str or sequence of str, default=("eeg",)
            Types of channels. Each type becomes a modality. ``"eeg"``, ``"eog"`` and
            ``"emg"`` are converted from volts to µV, ``"ecg"`` from volts to mV, and
            ``"gsr"`` from siemens to µS. ``"resp"`` is not converted.
        DESCR : str, default=""
            Text for the field ``DESCR``.

        Returns
        -------
        dataset : EmotionDataset
            Data set with float32 arrays of shape (n_epochs, n_channels, n_times), and
            the sampling rate and channel names of `epochs`.

        Raises
        ------
        ValueError
            If `epochs` is of another type, contains no channel of a requested type,
            there is no metadata, or its number of rows differs from the number of
            epochs.

        Warns
        -----
        UserWarning
            If channels of the type ``"eeg"`` have no place in the 10-10 system. MNE's
            readers of EDF files give this type to every channel.

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

    @classmethod
    def from_raws(
        cls,
        raws: Mapping,
        events: str | Sequence[str] | Mapping[str, str] | pd.DataFrame,
        table: pd.DataFrame | None = None,
        *,
        window: float | None = None,
        step: float | None = None,
        duration: float | None = None,
        baseline: float | None = None,
        modalities: str | Sequence[str] | Mapping = ("eeg",),
        sfreq: float | Mapping[str, float] | None = None,
        preprocess: Any = None,
        DESCR: str = "",
    ) -> EmotionDataset:
        """Make a data set from recordings of MNE, events and a table of ratings.

        Read more in the :ref:`User Guide <own_raws>`.

        Parameters
        ----------
        raws : dict
            Subject, mapped to a recording (any ``mne.io.Raw``), to a list of sessions,
            or, if modalities were recorded by several devices, to a dict of modality to
            recording. Recordings of one session are aligned by their ``meas_date``
            and, if both contain the same markers, by these: then an offset and a drift
            of the clocks are corrected, with a warning that states them.
        events : str, list of str, dict of str to str or pandas.DataFrame
            Where trials start. Either descriptions of annotations, or a dict of
            description to the name that the trial gets. Or a table with the columns
            ``subject``, ``onset`` (in s from the start of the recording) and, if there
            are any, ``duration``, ``session`` (from 0) and labels.
        table : pandas.DataFrame, default=None
            Ratings and labels, one row per trial, with the column ``subject`` and
            ``number`` (1 for the first trial of a subject), ``event`` (the name of the
            trial), or both. The rows are joined to the trials by these columns.
        window : float, default=None
            Length of each sample in s. If None, each trial is one sample.
        step : float, default=None
            Time in s from the start of one sample to the next. If None, `window`.
        duration : float, default=None
            Length of a trial in s. If None, the durations of the events.
        baseline : float, default=None
            Length in s of the rest before each event. If given, it is added to each
            sample, as ``baseline`` for the EEG and ``baseline_<modality>`` for others.
        modalities : str, sequence of str or dict, default=("eeg",)
            Types of channels, as in `from_epochs`, or a dict of modality to names of
            channels, or to a dict of new name to name in the recording.
        sfreq : float or dict of str to float, default=None
            Rate in Hz to which recordings are resampled. If None, as recorded.
        preprocess : transformer or dict of str to transformer, default=None
            Transformer that is applied to each whole recording before it is cut, such
            as a filter or an `ICACleaner`. It gets the recording in the units of the
            data set and at the rate `sfreq`, in the shape (1, n_channels, n_times). It
            is cloned and fitted on each recording alone, and must keep the shape. A
            dict selects modalities; otherwise, it is applied to all.
        DESCR : str, default=""
            Description of the recordings.

        Returns
        -------
        dataset : EmotionDataset
            Data set with float32 arrays of shape (n_samples, n_channels, n_times).
            ``metadata`` has ``subject``, ``trial`` (different for each trial),
            ``number`` (of the trial of a subject, from 1), ``event``, ``start`` (of the
            trial in its recording, in s), ``window``, ``onset`` and the columns of
            `events` and `table`. ``missing`` lists trials without a row of `table`, and
            rows without a trial.

        Raises
        ------
        ValueError
            If events or channels do not exist, recordings differ in their channels or
            rates, the rows of `table` cannot be joined to the trials, or the recordings
            of two devices cannot be aligned.

        Warns
        -----
        UserWarning
            If trials or rows are left out, markers occur twice within 50 ms, windows
            contain bad segments, a trial does not lie inside its recording, or the
            clocks of two devices differ.

        Notes
        -----
        Units are converted as by `from_epochs`. Windows that overlap annotations whose
        description starts with ``bad`` are left out. The number of trials of a subject
        must be the number of rows of `table`, unless `table` has the column ``event``:
        otherwise a missing marker would shift all following ratings.

        Examples
        --------
        >>> import mne
        >>> import numpy as np
        >>> import pandas as pd
        >>> from sklearn_emotion.datasets import EmotionDataset
        >>> info = mne.create_info(["Fz", "Cz"], 256.0, "eeg")
        >>> raws = {}
        >>> for subject in ("ann", "bob"):
        ...     volts = 1e-5 * np.random.default_rng(0).normal(size=(2, 256 * 30))
        ...     raw = mne.io.RawArray(volts, info, verbose=False)
        ...     marks = mne.Annotations([5.0, 18.0], [10.0, 10.0], ["clip", "clip"])
        ...     raws[subject] = raw.set_annotations(marks)
        >>> table = pd.DataFrame(
        ...     {
        ...         "subject": ["ann", "ann", "bob", "bob"],
        ...         "number": [1, 2, 1, 2],
        ...         "valence": [7.0, 2.0, 3.0, 8.0],
        ...     }
        ... )
        >>> EmotionDataset.from_raws(raws, "clip", table, window=2.0)
        EmotionDataset(20 samples, 2 subjects, 4 trials; eeg: (20, 2, 512) at 256 Hz)
        """
        # The module needs the functions of the loaders, which need this class.
        from sklearn_emotion.datasets._raws import read_raws

        fields = read_raws(
            raws,
            events,
            table,
            window=window,
            step=step,
            duration=duration,
            baseline=baseline,
            modalities=modalities,
            sfreq=sfreq,
            preprocess=preprocess,
        )
        return cls(**fields, DESCR=DESCR)

    @classmethod
    def from_bids(
        cls,
        root: str | PathLike,
        task: str,
        events: str | Sequence[str] | Mapping[str, str] | pd.DataFrame,
        table: pd.DataFrame | None = None,
        *,
        subjects: Sequence | None = None,
        window: float | None = None,
        step: float | None = None,
        duration: float | None = None,
        baseline: float | None = None,
        modalities: str | Sequence[str] | Mapping = ("eeg",),
        sfreq: float | Mapping[str, float] | None = None,
        preprocess: Any = None,
        onset_unit: str = "s",
    ) -> EmotionDataset:
        """Make a data set from recordings in the folder structure of BIDS.

        The recordings are read with MNE-BIDS, which needs the extra ``bids``. Read more
        in the :ref:`User Guide <own_raws>`.

        Parameters
        ----------
        root : path-like
            Folder with ``dataset_description.json`` and the folders of the subjects.
        task : str
            Name of the task.
        events : str, list of str, dict of str to str or pandas.DataFrame
            Where trials start, as in `from_raws`. The names of markers are the values
            of the column ``trial_type`` in ``events.tsv``, or else of ``value``.
        table : pandas.DataFrame, default=None
            Ratings and labels, as in `from_raws`. The subjects are text such as "01".
        subjects : sequence of str, default=None
            Subjects to load, such as "01" or "sub-01". If None, all subjects are
            loaded.
        window, step, duration, baseline, modalities, sfreq, preprocess
            As in `from_raws`.
        onset_unit : {"s", "samples"}, default="s"
            Unit of the onsets and durations in ``events.tsv``. Some data sets state
            samples, although BIDS requires seconds.

        Returns
        -------
        dataset : EmotionDataset
            Data set as from `from_raws`. The columns of ``participants.tsv``, such as
            age and sex, are added to ``metadata``. The runs and sessions of a subject
            are numbered from 0 in the column ``session``.

        Raises
        ------
        FileNotFoundError
            If `root` is no BIDS data set, there is no recording of the task, or a
            recording is a link of git-annex to a file that was not fetched.
        ImportError
            If MNE-BIDS is not installed.
        ValueError
            As in `from_raws`.

        Examples
        --------
        >>> from sklearn_emotion.datasets import EmotionDataset
        >>> dataset = EmotionDataset.from_bids(  # doctest: +SKIP
        ...     "ds003751", "emotion", "stm", duration=60.0, onset_unit="samples"
        ... )
        """
        from sklearn_emotion.datasets._bids import find_raws, read_participants

        raws = find_raws(root, task, subjects, onset_unit)
        dataset = cls.from_raws(
            raws,
            events,
            table,
            window=window,
            step=step,
            duration=duration,
            baseline=baseline,
            modalities=modalities,
            sfreq=sfreq,
            preprocess=preprocess,
            DESCR=f"Task {task} of the BIDS data set {Path(root).name}.",
        )
        people = read_participants(root)
        if people is not None:
            more = people.columns.difference(dataset.metadata.columns)
            people = people.set_index("subject")[list(more)]
            dataset["metadata"] = dataset.metadata.join(people, on="subject")
        return dataset

    @classmethod
    def concat(cls, datasets: Sequence[EmotionDataset]) -> EmotionDataset:
        """Join data sets of different people or sessions.

        Parameters
        ----------
        datasets : sequence of EmotionDataset
            Data sets with the same modalities, channels, rates and units.

        Returns
        -------
        dataset : EmotionDataset
            All samples. Trials are numbered again, so that no two data sets share one.
            ``metadata`` has the columns that all data sets have.

        Raises
        ------
        ValueError
            If the data sets differ in their modalities, channels, rates or units.

        Examples
        --------
        >>> from sklearn_emotion.datasets import EmotionDataset, make_emotion
        >>> dataset = make_emotion(n_subjects=2, n_trials=4, random_state=0)
        >>> joined = EmotionDataset.concat([dataset[:3], dataset[12:]])
        >>> len(joined), joined.metadata["trial"].nunique()
        (15, 5)
        """
        return cls(**concat_fields(list(datasets)))

    def windows(self, window: float, step: float | None = None) -> EmotionDataset:
        """Cut the samples into windows, which become the samples.

        Parameters
        ----------
        window : float
            Length of a window in s.
        step : float, default=None
            Time in s from the start of one window to the next. If None, `window`.

        Returns
        -------
        dataset : EmotionDataset
            The windows, with ``window`` and ``onset`` in ``metadata``. An incomplete
            final window is dropped.

        See Also
        --------
        sklearn_emotion.explode_windows : The same for arrays and features.

        Examples
        --------
        >>> from sklearn_emotion.datasets import make_emotion
        >>> dataset = make_emotion(n_subjects=2, n_trials=4, random_state=0)
        >>> dataset.windows(2.0)
        EmotionDataset(120 samples, 2 subjects, 8 trials; eeg: (120, 32, 256) at 128 Hz)
        """
        signals = {name: array for name, array in self.data.items() if array.ndim == 3}
        others = [name for name in self.data if name not in signals]
        if others or not signals:
            raise ValueError(
                "Only signals of shape (n_samples, n_channels, n_times) can be cut, "
                f"but the data set also has {others}. Use explode_windows for them."
            )
        data, metadata = explode_windows(
            Modalities(**signals),
            self.metadata,
            window=window,
            step=step,
            rate={name: self.sfreq[name] for name in signals},
            axis=-1,
        )
        return type(self)(**{**self, "data": data, "metadata": metadata})

    def summary(
        self, target: str | None = None, threshold: float | str | None = THRESHOLD
    ) -> pd.DataFrame:
        """Count the samples, trials, seconds and classes of each subject.

        Parameters
        ----------
        target : str, default=None
            Rating or label whose classes are counted, as in `target`.
        threshold : float, str or None, default=5.0
            Ratings above the threshold are high, as in `target`.

        Returns
        -------
        table : pandas.DataFrame
            One row per subject, in the order of the samples, with ``n_samples``,
            ``n_trials`` and ``n_stimuli`` (if they are known), ``minutes`` (the length
            of all samples; windows that overlap count several times), and one column
            per class, with the share of its samples. If the metadata have a column
            ``good``, ``n_not_good`` counts the samples that it marks. ``n_left_out``
            counts the samples that ``select("good")`` has left out. ``table.attrs``
            contains ``missing``, the list of what is left out, if it is known.

        See Also
        --------
        sklearn_emotion.inspection.DatasetDisplay : The same as a picture.

        Examples
        --------
        >>> from sklearn_emotion.datasets import make_emotion
        >>> dataset = make_emotion(n_subjects=2, n_trials=4, random_state=0)
        >>> dataset.summary("valence")
                 n_samples  n_trials  n_stimuli  minutes    0    1
        subject
        0               12         4          4      2.0  0.5  0.5
        1               12         4          4      2.0  0.5  0.5
        """
        y = None if target is None else self.target(target, threshold)
        return summarize(self, y)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.data)

    def __bool__(self) -> bool:
        """Return whether there are samples."""
        return len(self.data) > 0

    def __getitem__(self, key: Any) -> Any:
        """Return a field by its name, or some samples by a slice, mask or positions."""
        return super().__getitem__(key) if isinstance(key, str) else self.select(key)

    def target(
        self,
        name: str,
        threshold: float | str | Sequence[float] | None = THRESHOLD,
        side: str = ">",
    ) -> np.ndarray:
        """Return labels or ratings made from one column of the metadata.

        Parameters
        ----------
        name : str
            Name of a column: a rating such as ``"valence"`` or a label such as
            ``"task"``. ``"quadrant"`` stands for the quadrant of valence and arousal,
            from ``"HVHA"`` (both are high) to ``"LVLA"``.
        threshold : float, sequence, "median", "subject-median" or None, default=5.0
            Ratings above the threshold are high. The default is the middle of a scale
            from 1 to 9. Several thresholds in ascending order, such as ``(3, 6)``, give
            more classes. ``"median"`` is the median of the column over all samples, and
            ``"subject-median"`` is the median over the samples of each subject. If
            None, the ratings themselves are returned, for regression. Columns of
            strings, booleans or categories are labels and are returned without a
            threshold. To use numbers as classes, convert them with ``metadata[name] =
            metadata[name].astype("category")``.
        side : {">", ">="}, default=">"
            Whether a rating equal to `threshold` is low (``">"``) or high (``">="``).
            This matters for ratings that are whole numbers.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            0 (low) or 1 (high) for a rating, or the number of thresholds that the
            rating exceeds; the column's own values for a label; and floats if
            `threshold` is None.

        Raises
        ------
        ValueError
            If the column does not exist, has missing or infinite values, or contains
            both numbers and text, or if `threshold` or `side` is invalid.

        Warns
        -----
        UserWarning
            If different ratings all lie on one side of `threshold`, or if one side has
            less than 5 % of the samples. Also if `threshold` is 5 and the column
            contains whole numbers from 0 to 6, 7 or 8, which may be numbered classes,
            or if the column contains numbers as text, which may be ratings.

        Notes
        -----
        The medians are computed before the samples are split into training and test
        samples. ``"subject-median"`` therefore uses the ratings of each test person to
        label this person's samples, and ``"median"`` uses the ratings of all persons.
        State this next to your scores. A fixed threshold uses no ratings of the test
        persons.
        """
        return make_target(self.metadata, name, threshold, side)

    def groups(self, level: str = "subject") -> np.ndarray:
        """Return the group of each sample, for the group splitters of scikit-learn.

        Parameters
        ----------
        level : {"subject", "trial", "stimulus"}, default="subject"
            Which samples share a group: all samples of one subject, of one trial of one
            subject, or of one stimulus (across all subjects).

        Returns
        -------
        groups : ndarray of shape (n_samples,)
            Subject, trial or stimulus of each sample.

        Raises
        ------
        ValueError
            If `level` is invalid, or the metadata has no such column.
        """
        if level not in GROUPS:
            raise ValueError(f"level must be one of {GROUPS}, got {level!r}.")
        return read_column(self.metadata, level, "level").to_numpy(copy=True)

    def select(self, samples: ArrayLike | slice | str) -> EmotionDataset:
        """Return a data set with some of the samples.

        Parameters
        ----------
        samples : array-like of shape (n_samples,), array-like of int, slice or str
            Mask, positions or slice of the samples to keep, or the name of a column of
            the metadata that is a mask, such as ``"good"``.

        Returns
        -------
        subset : EmotionDataset
            Data set whose metadata is numbered from 0. Its arrays are copies unless
            `samples` is a slice. If `samples` is the name of a column, the field
            ``left_out`` counts the samples that it leaves out of each subject.

        Raises
        ------
        ValueError
            If the metadata has no such column, or the column is no mask. Also if
            `samples` is neither a mask nor positions, or if it is a mask of the numbers
            0 and 1.
        """
        if isinstance(samples, str):
            return self._select_marked(samples)
        if not isinstance(samples, slice):
            samples = check_rows(samples, len(self.data))
        metadata = self.metadata.iloc[samples].reset_index(drop=True)
        chosen = {
            name: value[samples]
            for name, value in self.items()
            if isinstance(value, Modalities)
        }
        return type(self)(**{**self, **chosen, "metadata": metadata})

    def _select_marked(self, name):
        mask = read_column(self.metadata, name, "mask")
        if not is_bool_dtype(mask) or mask.isna().any():
            raise ValueError(
                f"The column {name!r} must be True or False in each row to select "
                f"samples, got the dtype {mask.dtype}."
            )
        mask = mask.to_numpy(dtype=bool)
        gone = self.metadata["subject"][~mask].value_counts(sort=False)
        left_out = dict(self.get("left_out", {}))
        for subject, number in gone.items():
            left_out[subject] = left_out.get(subject, 0) + int(number)
        subset = self.select(mask)
        subset["left_out"] = left_out
        return subset

    def __repr__(self):
        arrays = ", ".join(
            f"{name}: {array.shape}"
            + (f" at {self.sfreq[name]:g} Hz" if name in self.sfreq else "")
            for name, array in stored(self.data).items()
        )
        counts = "".join(
            f", {self.metadata[level].nunique()} {level}s"
            for level in ("subject", "trial")
            if level in self.metadata
        )
        return f"{type(self).__name__}({len(self.data)} samples{counts}; {arrays})"
