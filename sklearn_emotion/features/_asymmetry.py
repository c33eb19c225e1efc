"""Asymmetry of the EEG between hemispheres, and between front and back."""

import re
from numbers import Integral, Real

import numpy as np

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import (
    check_bands,
    check_n_channels,
    check_window,
    warn_user,
)
from sklearn_emotion.features._band_power import POWER_BANDS, band_power
from sklearn_emotion.features._docs import CHANNEL_NAMES, SIGNALS
from sklearn_emotion.features._spectral import DE_BANDS, differential_entropy
from sklearn_emotion.montage import CH_NAMES as MONTAGE_NAMES, channel_names

# Band of the frontal alpha asymmetry in Hz, and its pairs of left and right channels.
FRONTAL_ALPHA = {"alpha": (8.0, 13.0)}
FRONTAL_PAIRS = (("F3", "F4"), ("F7", "F8"), ("AF3", "AF4"), ("Fp1", "Fp2"))

# Rows of the cap from front to back, as the letters of their channels.
_ROW_BEHIND = {"FT": "TP", "FC": "CP", "F": "P", "Fp": "O", "AF": "PO"}
# The cap of SEED has cerebellar channels, which its papers pair with AF3 and AF4.
_CEREBELLAR = {"AF3": "CB1", "AF4": "CB2"}
_NAME = re.compile(r"(?P<row>[A-Za-z]+?)(?P<place>\d+|z)")


@fill_doc(MONTAGE_NAMES)
def hemisphere_pairs(ch_names):
    """Return the pairs of a left channel and its mirror image on the right.

    Parameters
    ----------
    %(ch_names)s

    Returns
    -------
    pairs : list of (str, str)
        Such as ``("F3", "F4")``, in the order of the left channels. A channel whose
        mirror image is missing has no pair.

    Examples
    --------
    >>> from sklearn_emotion.features import hemisphere_pairs
    >>> hemisphere_pairs(["Fp1", "Fp2", "Cz", "C3", "F4", "F3"])
    [('Fp1', 'Fp2'), ('F3', 'F4')]
    """
    names = channel_names(ch_names)
    pairs = []
    for name in names:
        match = _NAME.fullmatch(name)
        if match and match["place"] != "z" and int(match["place"]) % 2:
            mirror = f"{match['row']}{int(match['place']) + 1}"
            if mirror in names:
                pairs.append((name, mirror))
    return pairs


@fill_doc(MONTAGE_NAMES)
def caudality_pairs(ch_names):
    """Return the pairs of a frontal channel and the posterior channel behind it.

    The rows F, FC, FT, Fp and AF are in front of P, CP, TP, O and PO. With ``"seed62"``
    these are the 23 pairs of the differential caudality, where CB1 and CB2 lie behind
    AF3 and AF4 and Oz behind Fpz.

    Parameters
    ----------
    %(ch_names)s

    Returns
    -------
    pairs : list of (str, str)
        Such as ``("F3", "P3")``, in the order of the frontal channels.

    Examples
    --------
    >>> from sklearn_emotion.features import caudality_pairs
    >>> caudality_pairs(["Fp1", "F3", "FC5", "P3", "O1"])
    [('Fp1', 'O1'), ('F3', 'P3')]
    """
    names = channel_names(ch_names)
    pairs = []
    for name in names:
        match = _NAME.fullmatch(name)
        if not match or match["row"] not in _ROW_BEHIND:
            continue
        behind = _ROW_BEHIND[match["row"]] + match["place"]
        if _CEREBELLAR.get(name) in names:
            behind = _CEREBELLAR[name]
        if behind in names:
            pairs.append((name, behind))
    return pairs


_PARAMETERS = """
kind : {"dasm", "rasm", "dcau", "frontal_alpha"}
    Difference or ratio of the hemispheres, difference of front and back, or frontal
    alpha asymmetry.

feature : {"de", "power"} or None
    What is compared: the differential entropy, or the band power. If None, X holds the
    values to compare, which an earlier step has computed.
"""


@fill_doc(SIGNALS, CHANNEL_NAMES, _PARAMETERS)
class EEGAsymmetry(SignalTransformer):
    r"""Compare the channels of the two hemispheres, or of front and back.

    With the differential entropy :math:`h` of a band [1]_:

    - ``"dasm"``: :math:`h_\mathrm{left} - h_\mathrm{right}` of mirrored channels.
    - ``"rasm"``: :math:`h_\mathrm{left} / h_\mathrm{right}`.
    - ``"dcau"``: :math:`h_\mathrm{frontal} - h_\mathrm{posterior}` [2]_.
    - ``"frontal_alpha"`` [3]_: :math:`\ln P_\mathrm{right} - \ln P_\mathrm{left}` of
      the power between 8 and 13 Hz, on the pairs F3-F4, F7-F8, AF3-AF4 and Fp1-Fp2 that
      the montage has. A larger value means more activity on the left.

    With ``feature="power"``, the differences are those of :math:`\ln P`, and the ratio
    is :math:`P_\mathrm{left} / P_\mathrm{right}`.

    Read more in the :ref:`User Guide <asymmetry>`.

    Parameters
    ----------
    %(kind)s
    %(feature)s
    %(ch_names)s
    %(sfreq)s
    bands : dict of str to (float, float) or None, default=None
        Name and edges in Hz of each band. If None, those of
        :class:`DifferentialEntropy` or of :class:`BandPower`. The frontal alpha
        asymmetry has a band of its own.
    %(window)s
    %(n_jobs)s

    Attributes
    ----------
    pairs_ : list of (str, str)
        Channels of each pair, in the order of the output.
    %(sfreq_)s

    %(ch_names_)s

    %(n_features_in_)s

    See Also
    --------
    DifferentialEntropy : Entropies that this transformer compares.
    hemisphere_pairs : Pairs of the first two kinds.
    caudality_pairs : Pairs of ``"dcau"``.

    Notes
    -----
    `transform` maps signals ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, n_bands, n_pairs)``, float32. With ``feature=None``, the
    input is an array ``(n_samples, n_windows, n_bands, n_channels)``, such as
    :class:`DifferentialEntropy` returns.

    A difference of entropies has no unit and does not depend on the gain of the
    amplifier. The ratio of entropies depends on the unit of the signals, changes its
    sign, and has a pole where the entropy of the right channel is 0, at a variance of
    0.059 u². It is offered for comparison with papers. It is NaN where the right value
    is 0.

    References
    ----------
    .. [1] R.-N. Duan, J.-Y. Zhu and B.-L. Lu, "Differential entropy feature for
       EEG-based emotion classification", NER 2013.
    .. [2] W.-L. Zheng and B.-L. Lu, "Investigating critical frequency bands and
       channels for EEG-based emotion recognition with deep neural networks", IEEE
       Trans. Auton. Ment. Dev. 7, 2015.
    .. [3] J. J. B. Allen, J. A. Coan and M. Nazarian, "Issues and assumptions on the
       road from raw signals to metrics of frontal EEG asymmetry in emotion", Biol.
       Psychol. 67, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EEGAsymmetry
    >>> X = np.random.default_rng(0).standard_normal((5, 32, 1280))
    >>> asymmetry = EEGAsymmetry(kind="dasm", ch_names="deap32", sfreq=128, window=2.0)
    >>> asymmetry.fit_transform(X).shape
    (5, 5, 4, 14)
    >>> asymmetry.pairs_[:2]
    [('Fp1', 'Fp2'), ('AF3', 'AF4')]
    """

    _parameter_constraints: dict = {
        "kind": [StrOptions({"dasm", "rasm", "dcau", "frontal_alpha"})],
        "feature": [StrOptions({"de", "power"}), None],
        "ch_names": [str, list, tuple, np.ndarray],
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "bands": [dict, None],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        kind="dasm",
        feature="de",
        ch_names="auto",
        sfreq="auto",
        bands=None,
        window=2.0,
        n_jobs=None,
    ):
        self.kind = kind
        self.feature = feature
        self.ch_names = ch_names
        self.sfreq = sfreq
        self.bands = bands
        self.window = window
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        """Find the pairs of channels; nothing is learned from the input.

        Parameters
        ----------
        %(X)s
        %(y)s

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If the number of channels is not that of `ch_names`, if no two channels make
            a pair, or if the parameters do not fit the input.
        """
        super().fit(X, y)
        self.pairs_ = self._resolved()._pairs()
        return self

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names such as ``"w0_theta_F3-F4"``.
        """
        shape = check_named(self)
        if len(shape) == 3:
            n_windows, bands = shape[0], [f"b{b}" for b in range(shape[1])]
        else:
            n_windows = shape[-1] // check_window(self.window, self.sfreq, shape[-1])
            bands = self._bands()
        pairs = ["-".join(pair) for pair in self.pairs_]
        names = [
            f"w{w}_{b}_{p}" for w in range(n_windows) for b in bands for p in pairs
        ]
        return np.array(names, dtype=object)

    @property
    def _axes(self):
        if self.feature is None:
            return ("n_samples", "n_windows", "n_bands", "n_channels")
        return ("n_samples", "n_channels", "n_times")

    @property
    def _channel_axis(self):
        return 3 if self.feature is None else 1

    def _bands(self):
        if self.kind == "frontal_alpha":
            return FRONTAL_ALPHA
        if self.bands is not None:
            return self.bands
        return DE_BANDS if self.feature == "de" else POWER_BANDS

    def _pairs(self):
        names = channel_names(self.ch_names)
        if self.kind == "frontal_alpha":
            pairs = [p for p in FRONTAL_PAIRS if set(p) <= set(names)]
        elif self.kind == "dcau":
            pairs = caudality_pairs(names)
        else:
            pairs = hemisphere_pairs(names)
        if not pairs:
            raise ValueError(
                f"No two of the channels {names} make a pair for kind={self.kind!r}. "
                "Pass the names of the channels in the order of X as ch_names."
            )
        return pairs

    def _check(self, X):
        names = channel_names(self.ch_names)
        n_channels = X.shape[self._channel_axis]
        owner = type(self).__name__
        check_n_channels(n_channels, len(names), owner, self.ch_names)
        self._pairs()
        if self.feature is None:
            if self.kind == "frontal_alpha":
                raise ValueError(
                    'kind="frontal_alpha" has a band of its own, so it needs signals. '
                    'Pass feature="power" and X of shape (n_samples, n_channels, '
                    "n_times)."
                )
            return
        check_bands(self._bands(), self.sfreq)
        check_window(self.window, self.sfreq, X.shape[-1], shape=X.shape)

    def _transform(self, X):
        values = self._values(X)
        names = channel_names(self.ch_names)
        first, second = zip(*self._pairs())
        # In a pair of hemispheres, the left channel is the first.
        first, second = (
            values[..., [names.index(n) for n in c]] for c in (first, second)
        )
        if self.kind == "frontal_alpha":
            return second - first
        if self.kind != "rasm":
            return first - second
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(second != 0, first / second, np.float32(np.nan))
        if np.isnan(ratio).any():
            rows = np.isnan(ratio).any(axis=(1, 2, 3))
            warn_user(
                f"The ratio of EEGAsymmetry is NaN in {rows.sum()} of {len(rows)} "
                f"samples, first in sample {int(rows.argmax())}, because the value of "
                "the right channel is 0."
            )
        return ratio

    def _values(self, X):
        """Return the values that are compared, (n_samples, n_windows, n_bands, C)."""
        if self.feature is None:
            return X
        options = {
            "bands": self._bands(),
            "window": self.window,
            "n_jobs": self.n_jobs,
        }
        if self.feature == "de" and self.kind != "frontal_alpha":
            return differential_entropy(X, self.sfreq, **options)
        return band_power(X, self.sfreq, log=self.kind != "rasm", **options)
