"""Windows with artifacts, found by limits that are learned for each channel."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from sklearn_emotion._base import Interval, StrOptions, fit_context, target_access_tags
from sklearn_emotion._described import describe_like, read_all
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_finite, check_n_channels, check_shape
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.preprocessing._artifacts import (
    MICRO,
    check_positions,
    make_info,
    own_random_state,
)

# Limits cannot be validated on fewer windows.
_FEWEST = 5


@fill_doc(SIGNALS)
class ArtifactRejecter(BaseEstimator):
    """Find windows with artifacts, and interpolate channels that are bad in a window.

    The limits of each channel, peak to peak, are learned by the package autoreject. If
    few channels of a window exceed their limits, these channels are interpolated by
    spherical splines. If many do, the window is not good. `apply` does this for each
    subject of a data set, with limits from the windows of this subject alone.

    The extra ``artifacts`` is required. Read more in the :ref:`User Guide <artifacts>`.

    Parameters
    ----------
    %(sfreq)s

    %(ch_names)s
        All channels must have a position in the 10-05 system.

    n_interpolate : sequence of int, default=(1, 2, 4)
        Numbers of channels that may be interpolated in a window. The best of them is
        selected by cross-validation. Numbers above half of the channels are left out.

    cv : int, default=10
        Number of folds over the windows of a subject.

    random_state : int, RandomState instance or None, default=None
        Determines the limits that are tried. Pass an int for reproducible results.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_channels,)
        Largest range of each channel in a window, in µV.

    n_interpolate_ : int
        Number of channels that may be interpolated.

    consensus_ : float
        Share of channels above their limits from which a window is not good.

    %(sfreq_)s

    %(ch_names_)s

    %(n_features_in_)s

    See Also
    --------
    window_quality : A simple judgment, which needs no further package.
    ICACleaner : Removes artifacts instead of windows.

    Notes
    -----
    The limits depend on all windows of a subject, but on no label. The tag
    ``target_access`` is therefore "unlabelled".

    References
    ----------
    Jas, Engemann, Bekhti, Raimondo and Gramfort, "Autoreject: Automated artifact
    rejection for MEG and EEG data", NeuroImage 159, 2017.

    Examples
    --------
    >>> from sklearn_emotion import ArtifactRejecter
    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(n_subjects=2, n_trials=10, random_state=0)
    >>> rejecter = ArtifactRejecter(sfreq=128.0, ch_names="deap32", random_state=0)
    >>> dataset = rejecter.apply(dataset)  # doctest: +SKIP
    >>> dataset.select("good")  # doctest: +SKIP
    """

    _default_sfreq = 128.0
    _default_ch_names = "deap32"

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "ch_names": [str, "array-like"],
        "n_interpolate": ["array-like"],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        ch_names="auto",
        n_interpolate=(1, 2, 4),
        cv=10,
        random_state=None,
    ):
        self.sfreq = sfreq
        self.ch_names = ch_names
        self.n_interpolate = n_interpolate
        self.cv = cv
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the limits of each channel from the windows of one subject.

        Parameters
        ----------
        X : array of shape (n_samples, n_channels, n_times)
            Windows in µV, at least five.
        %(y)s

        Returns
        -------
        self : object
            Fitted object.

        Raises
        ------
        ImportError
            If the extra ``artifacts`` is not installed.
        ValueError
            If there are fewer than five windows, or the input has an invalid shape,
            contains NaN or has other channels than `ch_names`.
        """
        try:
            from autoreject import AutoReject
        except ImportError as error:
            raise ImportError(
                "ArtifactRejecter needs the package autoreject: pip install "
                "sklearn_emotion[artifacts]. window_quality needs no further package."
            ) from error
        values = read_all(self, X)
        epochs = _to_epochs(X, **values)
        n_windows, n_channels = len(epochs), len(epochs.ch_names)
        if n_windows < _FEWEST:
            raise ValueError(
                f"ArtifactRejecter needs at least {_FEWEST} windows of a subject to "
                f"learn limits, got {n_windows}. Cut shorter windows, or use "
                "window_quality."
            )
        numbers = [n for n in self.n_interpolate if 1 <= n <= n_channels // 2]
        if not numbers:
            raise ValueError(
                f"n_interpolate={self.n_interpolate!r} must contain a number from 1 to "
                f"{n_channels // 2}, half of the number of channels."
            )
        self.n_features_in_ = n_channels
        self.sfreq_, self.ch_names_ = values["sfreq"], values["ch_names"]
        self.rejecter_ = AutoReject(
            n_interpolate=numbers,
            cv=min(self.cv, n_windows),
            thresh_method="random_search",
            random_state=own_random_state(self.random_state),
            verbose=False,
        ).fit(epochs)
        limits = self.rejecter_.threshes_
        self.thresholds_ = np.array([limits[n] for n in epochs.ch_names]) / MICRO
        self.n_interpolate_ = int(self.rejecter_.n_interpolate_["eeg"])
        self.consensus_ = float(self.rejecter_.consensus_["eeg"])
        return self

    def quality(self, X):
        """Return which windows are good, and the windows with interpolated channels.

        Parameters
        ----------
        X : array of shape (n_samples, n_channels, n_times)
            Windows in µV, with the channels of the windows in `fit`.

        Returns
        -------
        good : ndarray of bool of shape (n_samples,)
            Which windows are good.
        repaired : ndarray of float32 of shape (n_samples, n_channels, n_times)
            Windows in which the bad channels are interpolated. Windows that are not
            good are unchanged.
        """
        check_is_fitted(self, "rejecter_")
        epochs = _to_epochs(X, **read_all(self, X, fitted=True))
        check_n_channels(len(epochs.ch_names), self.n_features_in_, "ArtifactRejecter")
        log = self.rejecter_.get_reject_log(epochs)
        good = ~log.bad_epochs
        repaired = np.array(X, dtype=np.float32)
        if good.any():
            kept = self.rejecter_.transform(epochs[good], return_log=False)
            changed = (log.labels == 2).any(axis=1)[good]
            where = np.flatnonzero(good)[changed]
            repaired[where] = kept.get_data(verbose="error")[changed] / MICRO
        return good, describe_like(repaired, X)

    def apply(self, dataset, modality="eeg"):
        """Find the windows with artifacts of each subject of a data set.

        Parameters
        ----------
        dataset : EmotionDataset
            Data set whose samples are windows.
        modality : str, default="eeg"
            Modality that is examined.

        Returns
        -------
        judged : EmotionDataset
            Data set with all samples and interpolated channels. The column ``good`` of
            ``metadata`` states which samples are good, and ``judged.select("good")``
            leaves the others out.

        Raises
        ------
        ValueError
            As in `fit`. The message names the subject.
        """
        subjects = dataset.groups("subject")
        good = np.zeros(len(subjects), dtype=bool)
        signals = dataset.data[modality].astype(np.float32)
        for subject in dict.fromkeys(subjects.tolist()):
            own = np.flatnonzero(subjects == subject)
            try:
                fitted = clone(self).fit(signals[own])
            except ValueError as error:
                raise ValueError(f"Subject {subject!r}: {error}") from error
            good[own], signals[own] = fitted.quality(signals[own])
        data = dataset.data | {modality: signals}
        metadata = dataset.metadata.assign(good=good)
        return type(dataset)(**{**dataset, "data": data, "metadata": metadata})

    def __sklearn_tags__(self):
        return target_access_tags(super().__sklearn_tags__(), "unlabelled")


def _to_epochs(X, sfreq, ch_names):
    import mne

    X = np.asarray(X)
    check_shape(X, ("n_samples", "n_channels", "n_times"))
    check_finite(X, "leave out these windows or interpolate them")
    names = check_positions(ch_names, X.shape[1], "ArtifactRejecter")
    data = X.astype(np.float64) * MICRO
    return mne.EpochsArray(data, make_info(names, sfreq), verbose="error")
