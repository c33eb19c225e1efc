"""Removal of artifacts of the eyes, muscles and heart by independent components."""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_emotion._base import (
    Interval,
    SignalTransformer,
    StrOptions,
    fit_context,
    target_access_tags,
)
from sklearn_emotion._described import signal_in
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named, signal_names
from sklearn_emotion.features._docs import CHANNEL_NAMES, SIGNALS
from sklearn_emotion.preprocessing._artifacts import (
    MICRO,
    check_positions,
    make_info,
    own_random_state,
)

# Classes of ICLabel in the order of its probabilities.
CLASSES = (
    "brain",
    "muscle",
    "eye",
    "heart",
    "line noise",
    "channel noise",
    "other",
)
ARTIFACTS = CLASSES[1:6]
# ICLabel was trained on signals between these frequencies in Hz.
_BAND = (1.0, 100.0)
# Features of ICLabel need at least this length in s.
_SHORTEST = 5.0


@fill_doc(SIGNALS, CHANNEL_NAMES)
class ICACleaner(SignalTransformer):
    """Remove artifacts with independent component analysis and ICLabel.

    `fit` decomposes the recording into independent components (extended infomax of
    MNE), and ICLabel estimates for each component whether it comes from the brain or
    from an artifact. `transform` removes the components that are artifacts. The
    components are learned from a copy of the signals between 1 and 100 Hz, and removed
    from the signals at all frequencies.

    The extra ``artifacts`` is required. Read more in the :ref:`User Guide <artifacts>`.

    Parameters
    ----------
    %(sfreq)s

    %(ch_names)s
        All channels must have a position in the 10-05 system.

    n_components : int, float or None, default=None
        Number of components, at most the number of channels minus one, or the share of
        the variance that they explain, between 0 and 1. If None, all that are
        independent.

    threshold : float, default=0.8
        A component is removed if ICLabel gives the most probable class of artifact at
        least this probability.

    artifacts : sequence of str, default=("muscle", "eye", "heart", "line noise", \
"channel noise")
        Classes of artifacts that are removed.

    random_state : int, RandomState instance or None, default=None
        Determines the initial components. Pass an int for reproducible results.

    Attributes
    ----------
    labels_ : list of str
        Most probable class of each component: one of the artifacts, ``"brain"`` or
        ``"other"``.

    probabilities_ : ndarray of shape (n_components, 7)
        Probability of brain, muscle, eye, heart, line noise, channel noise and other.

    excluded_ : list of int
        Components that are removed.

    ica_ : mne.preprocessing.ICA
        The decomposition.

    %(sfreq_)s

    %(ch_names_)s

    %(n_features_in_)s

    See Also
    --------
    ArtifactRejecter : Leaves out windows, and interpolates channels.

    Notes
    -----
    The output is referenced to the average of the channels, because ICLabel requires
    this reference. The channels are linearly dependent afterwards.

    Fit each recording alone, as ``preprocess`` of the loaders and of
    :meth:`~sklearn_emotion.datasets.EmotionDataset.from_raws` does. The components are
    then learned from the recording that is cleaned, although without labels. Therefore
    the tag ``target_access`` of a cleaner that is not fitted is "unlabelled". It is
    "none" after `fit`, because a fitted cleaner only transforms other recordings.
    Several samples in `X` are taken as parts of one recording. Components are reliable
    if there are many time points, as a rule at least 20 times the square of the number
    of channels.

    References
    ----------
    Pion-Tonachini, Kreutz-Delgado and Makeig, "ICLabel: An automated
    electroencephalographic independent component classifier, dataset, and website",
    NeuroImage 198, 2019.

    Examples
    --------
    >>> from sklearn_emotion import ICACleaner
    >>> from sklearn_emotion.datasets import EmotionDataset, load_deap
    >>> cleaner = ICACleaner(sfreq=128.0, ch_names="deap32", random_state=0)
    >>> load_deap("~/data", preprocess={"eeg": cleaner})  # doctest: +SKIP
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "ch_names": [str, "array-like"],
        "n_components": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
            None,
        ],
        "threshold": [Interval(Real, 0, 1, closed="both")],
        "artifacts": ["array-like"],
        "random_state": ["random_state"],
    }

    _keeps_channels = True

    def __init__(
        self,
        *,
        sfreq="auto",
        ch_names="auto",
        n_components=None,
        threshold=0.8,
        artifacts=ARTIFACTS,
        random_state=None,
    ):
        self.sfreq = sfreq
        self.ch_names = ch_names
        self.n_components = n_components
        self.threshold = threshold
        self.artifacts = artifacts
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the components of a recording, and label them.

        Parameters
        ----------
        X : array of shape (n_samples, n_channels, n_times)
            Recording in µV, as one sample or as several parts.
        %(y)s

        Returns
        -------
        self : object
            Fitted cleaner.

        Raises
        ------
        ImportError
            If the extra ``artifacts`` is not installed.
        ValueError
            If the input has an invalid shape, contains NaN, is shorter than 5 s or has
            other channels than `ch_names`.
        """
        super().fit(X, y)
        label = _import_iclabel()
        from mne.preprocessing import ICA

        me = self._resolved(signal_in(X))
        X = me._validated(X, reset=False)
        seconds = X.shape[0] * X.shape[2] / me.sfreq
        if seconds < _SHORTEST:
            raise ValueError(
                f"ICACleaner needs a recording of at least {_SHORTEST:g} s, but X has "
                f"{seconds:g} s at {me.sfreq} Hz. Clean whole recordings before they "
                "are cut."
            )
        raw = me._to_raw(X)
        high = _BAND[1] if me.sfreq > 2 * _BAND[1] else None
        raw.filter(_BAND[0], high, verbose="error")
        ica = ICA(
            self.n_components,
            method="infomax",
            fit_params={"extended": True},
            random_state=own_random_state(self.random_state),
            verbose="error",
        )
        with warnings.catch_warnings():
            # The band of signals below 200 Hz ends at half of their rate.
            warnings.filterwarnings("ignore", message=".*not filtered between 1 and")
            ica.fit(raw, verbose="error")
            self.probabilities_ = label(raw, ica, inplace=False)
        best = self.probabilities_.argmax(axis=1)
        self.labels_ = [CLASSES[place] for place in best]
        self.excluded_ = [
            component
            for component, name in enumerate(self.labels_)
            if name in self.artifacts
            and self.probabilities_[component].max() >= self.threshold
        ]
        self.ica_ = ica
        return self

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names such as ``"Fp1_t0"``.
        """
        shape = check_named(self)
        return signal_names(shape, shape[1], input_features, type(self).__name__)

    def _sfreq_out(self, sfreq):
        return sfreq

    def _check(self, X):
        owner = type(self).__name__
        check_positions(self.ch_names, X.shape[1], owner)
        unknown = [name for name in self.artifacts if name not in ARTIFACTS]
        if unknown:
            raise ValueError(
                f"artifacts must be some of {ARTIFACTS}, got the unknown {unknown}."
            )
        most = X.shape[1] - 1
        if isinstance(self.n_components, Integral) and self.n_components > most:
            raise ValueError(
                f"n_components={self.n_components} exceeds {most}, the number of "
                "channels minus one, because the average of all channels is the "
                "reference."
            )

    def _to_raw(self, X):
        """Return samples one after another, with the average reference, in volts."""
        import mne

        names = check_positions(self.ch_names, X.shape[1], type(self).__name__)
        signal = np.concatenate(list(X), axis=1, dtype=np.float64) * MICRO
        raw = mne.io.RawArray(signal, make_info(names, self.sfreq), verbose="error")
        return raw.set_eeg_reference("average", verbose="error")

    def transform(self, X):
        """Remove the artifacts.

        Parameters
        ----------
        X : array of shape (n_samples, n_channels, n_times)
            Signals in µV.

        Returns
        -------
        X_out : ndarray of float32 of shape (n_samples, n_channels, n_times)
            Signals in µV, with the average reference.
        """
        check_is_fitted(self, "ica_")
        return super().transform(X)

    def _transform(self, X):
        raw = self._to_raw(X)
        self.ica_.apply(raw, exclude=self.excluded_, verbose="error")
        parts = np.split(raw.get_data(verbose="error") / MICRO, len(X), axis=1)
        return np.stack(parts).astype(np.float32)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        level = "none" if hasattr(self, "ica_") else "unlabelled"
        return target_access_tags(tags, level)


def _import_iclabel():
    try:
        from mne_icalabel.iclabel import iclabel_label_components
    except ImportError as error:
        raise ImportError(
            "ICACleaner needs the package mne-icalabel: pip install "
            "sklearn_emotion[artifacts]."
        ) from error
    return iclabel_label_components
