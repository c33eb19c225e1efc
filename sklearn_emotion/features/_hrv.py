"""Intervals and heart rate variability of electrocardiograms and pulse waves."""

from math import ceil
from numbers import Real

import numpy as np

from sklearn_emotion._base import StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import warn_user
from sklearn_emotion.features._beat_intervals import BeatIntervalTransformer
from sklearn_emotion.features._hrv_measures import (
    FREQUENCY_MEASURES,
    MAX_RATIO,
    SHORTEST,
    TIME_MEASURES,
    frequency_measures,
    interval_blocks,
    time_measures,
)
from sklearn_emotion.features._r_peaks import R_PEAKS

_PARAMETERS = """
X : array-like of shape (n_samples, n_leads, n_times) or (n_samples, n_times)
    Electrocardiograms, or pulse waves with ``signal="pulse"``.

sfreq : float or "auto"
    Sampling rate in Hz, at least 80. ``"auto"`` reads it from the data (see
    `SignalArray`). Arrays that do not know their rate are read at {default_sfreq} Hz.

signal : {"ecg", "pulse"}
    Kind of the signal. With "pulse", for photoplethysmograms (PPG, BVP), the beats are
    the feet that :func:`find_pulse_peaks` finds, so the result is the variability of
    the pulse rate (PRV). `sfreq` may then be as low as 20.

lead : int
    Index of the lead that is used.

min_heart_rate : float
    Lowest mean heart rate of a valid sample in beats per minute. 0 allows any rate. The
    limit reveals a wrong `sfreq`: if 500 Hz are given as 128 Hz, 75 beats per minute
    become 19.

measures : {"all", "time"}
    Which measures to compute. "time" leaves out the powers, which need long samples.

n_features_in_ : int
    Number of leads seen during `fit`.
"""


@fill_doc()
def rr_intervals(peaks, sfreq, *, max_ratio=MAX_RATIO):
    r"""Return the intervals between normal beats, without outliers and ectopic beats.

    Three rules remove intervals. First, an interval :math:`r_i` is an outlier unless

    .. math:: m_i / \text{max\_ratio} \le r_i \le m_i \cdot \text{max\_ratio},

    where :math:`m_i` is the median of the five intervals nearest to it, including
    :math:`r_i`. If there are fewer intervals, it is the median of all of them. A missed
    beat doubles an interval, for example.

    Second, a premature beat ends an interval that is suddenly short, and a pause
    follows. Both intervals are removed if

    .. math:: 1.2 \, r_i \le r_{i-1} \quad\text{and}\quad 1.3 \, r_i \le r_{i+1}.

    Intervals between normal beats stay, because breathing can lengthen an interval at
    once but shortens it over several beats. Instead of an outlier, and before the first
    interval, :math:`m_i` is used as :math:`r_{i-1}`. After the last interval, a pause
    of :math:`1.1 \, m_i` is assumed.

    Third, an extra beat, such as an interpolated ectopic beat, splits an interval in
    two. Both parts are removed if :math:`r_i + r_{i+1} < 1.25 \, m_i`. The second rule
    then removes the interval after them only if it is at least :math:`1.1 \, m_i`.

    Parameters
    ----------
    peaks : sequence of ndarray of shape (n_peaks,)
        Increasing positions of the R peaks of each record in samples, as returned by
        :func:`find_r_peaks`.

    %(sfreq)s

    max_ratio : float, default=1.4
        Largest ratio to the local median, above 1. None keeps all intervals, including
        the intervals beside premature and extra beats.

    Returns
    -------
    intervals : list of ndarray of shape (n_intervals,)
        RR intervals of each record in seconds.

    Raises
    ------
    ValueError
        If `peaks` is not a sequence of 1-D arrays, or if a number is out of range.

    Notes
    -----
    In 10-s windows of the Glasgow University Database, the rules remove 0.06 % of the
    hand-checked intervals of people who sit. They remove all intervals over a missed
    beat and more than 99 % of the intervals beside an extra beat. In MIT-BIH record
    100, which has 34 ectopic beats, RMSSD equals the RMSSD of the annotated normal
    beats in all windows of 10 s, 1 and 5 minutes. The outlier rule alone makes it up to
    9.6 times as high.

    The rules see only times. Three and more ectopic beats in a row, ectopic beats that
    are hardly premature, and irregular rhythms such as atrial fibrillation leave
    intervals that do not lie between normal beats.

    Examples
    --------
    >>> rr_intervals([[0, 256, 512, 768, 1280]], 256)
    [array([1., 1., 1.])]
    """
    if not (isinstance(sfreq, Real) and 0 < sfreq < np.inf):
        raise ValueError(f"sfreq must be a positive number of Hz, got {sfreq}.")
    if max_ratio is not None and not (isinstance(max_ratio, Real) and max_ratio > 1):
        raise ValueError(
            f"max_ratio must be a number above 1 or None, got {max_ratio}."
        )
    peaks = [np.asarray(record) for record in peaks]
    flat = [record.shape for record in peaks if record.ndim != 1]
    if flat:
        raise ValueError(
            "Expected peaks to be a sequence of 1-D arrays, one for each record, but "
            f"an entry has the shape {flat[0]}."
        )
    intervals = []
    for rr, *_ in interval_blocks(peaks, sfreq, max_ratio):
        kept = ~np.isnan(rr)
        intervals += np.split(rr[kept], np.cumsum(kept.sum(axis=1))[:-1])
    return intervals


@fill_doc(R_PEAKS, _PARAMETERS)
class HRVSeries(BeatIntervalTransformer):
    r"""Compute the series of RR intervals, padded with zeros to a common length.

    R peaks are found by :func:`find_r_peaks`, with positions between samples. The
    intervals beside ectopic beats, and outliers, are removed by :func:`rr_intervals`.
    The other intervals are stored in order at the start of a row of

    .. math:: L = \lceil \text{duration} \cdot \text{max\_heart\_rate} / 60 \rceil

    values. A sample is valid if at least two intervals and at least half of those found
    are left, and if the mean heart rate is at least `min_heart_rate`. The row of a
    sample that is not valid contains only zeros, as does the row of a flat signal.
    :meth:`valid` returns which samples are valid.

    Read more in the :ref:`User Guide <hrv>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    HRVFeatures : Measures of the variability instead of the series.
    find_r_peaks : The positions of the R peaks.
    find_pulse_peaks : The positions of the feet of pulse waves.

    Notes
    -----
    The input has the shape ``(n_samples, n_leads, n_times)`` or
    ``(n_samples, n_times)``. The output has the shape ``(n_samples, L)``, in seconds,
    float32. Signals that do not look like electrocardiograms trigger a warning.

    Departures from [1]_: the paper names no detector, no rule for outliers and no
    length. All three are choices of this library. The normalization of the ECG is left
    out, since the detector does not depend on the scale.

    References
    ----------
    .. [1] S. Woo, M. Zubair, S. Lim and D. Kim, "Deep multimodal emotion recognition
       using modality aware attention network for unifying representations in neural
       models", NeurIPS 2023 workshop.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(0, 10, 1 / 256)
    >>> ecg = np.exp(-0.5 * (((t - 0.3) % 1.0 - 0.5) / 0.015) ** 2)
    >>> series = HRVSeries(sfreq=256).fit_transform(ecg[None])
    >>> series.shape, series[0, :3].round(3), int((series > 0).sum())
    ((1, 34), array([1., 1., 1.], dtype=float32), 9)
    """

    def __init__(
        self,
        *,
        sfreq="auto",
        signal="ecg",
        lead=0,
        max_heart_rate=200.0,
        min_heart_rate=30.0,
        n_jobs=None,
    ):
        self.sfreq = sfreq
        self.signal = signal
        self.lead = lead
        self.max_heart_rate = max_heart_rate
        self.min_heart_rate = min_heart_rate
        self.n_jobs = n_jobs

    def valid(self, X):
        """Return which samples have an RR series.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        mask : ndarray of bool of shape (n_samples,)
            False if the row that :meth:`transform` returns contains only zeros.
        """
        return self.transform(X)[:, :1].any(axis=1)

    def get_feature_names_out(self, input_features=None):
        """Return ``rr0``, ``rr1``, ... as names of the columns of the output.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str of shape (L,)
            One name for each interval.
        """
        n_intervals = self._n_intervals(check_named(self)[-1])
        return np.array([f"rr{i}" for i in range(n_intervals)], dtype=object)

    def _n_intervals(self, n_times):
        # Rounding keeps 3 s at 200 beats per minute at 10 intervals, not 11.
        return ceil(round(n_times / self.sfreq * self.max_heart_rate / 60, 9))

    def _transform(self, X):
        out = np.zeros((len(X), self._n_intervals(X.shape[-1])), dtype=np.float32)
        for rows, rr, _ in self._usable_intervals(X)[0]:
            kept = ~np.isnan(rr)
            row = np.nonzero(kept)[0]
            out[rows][row, np.cumsum(kept, axis=1)[kept] - 1] = rr[kept]
        return out


@fill_doc(R_PEAKS, _PARAMETERS)
class HRVFeatures(BeatIntervalTransformer):
    r"""Compute measures of heart rate variability in the time and frequency domain.

    R peaks and intervals are computed as in :class:`HRVSeries`. With :math:`r_i` the
    intervals that are left (NN) and :math:`d_i` the differences of successive
    intervals:

    - ``mean_nn`` (s), ``mean_hr`` = 60 / mean_nn (beats per minute);
    - ``sdnn``, ``sdsd``: standard deviation of :math:`r` and of :math:`d` (s, ddof 1);
      ``rmssd``: root mean square of :math:`d` (s); ``cvnn`` = sdnn / mean_nn,
      ``cvsd`` = rmssd / mean_nn;
    - ``pnn20``, ``pnn50``: share of :math:`|d|` above 20 ms and 50 ms (percent);
    - ``sd1``, ``sd2``: standard deviation of :math:`(r_{i+1} \mp r_i)/\sqrt{2}`, the
      axes of the Poincaré plot (s), and their ratio ``sd1_sd2``;
    - ``vlf``, ``lf``, ``hf``: power in 0.0033-0.04, 0.04-0.15 and 0.15-0.4 Hz
      (s²), their sum ``total_power``, and ``lf_hf``, the ratio of LF to HF.

    Read more in the :ref:`User Guide <hrv>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    HRVSeries : The series of intervals.
    PulseFeatures : Measures of the shape of a pulse wave, and the same measures.

    Notes
    -----
    The input has the shape ``(n_samples, n_leads, n_times)`` or
    ``(n_samples, n_times)``. The output has the shape ``(n_samples, n_measures)``,
    float32. A measure is NaN in these cases:

    - All measures are NaN for a sample that is not valid (see :class:`HRVSeries`).
    - Standard deviations need two values, and ratios need a denominator above 0.
    - Powers need a sample of at least 60 s (``hf``), 120 s (``lf``, ``lf_hf``) or 300 s
      (``vlf``, ``total_power``), after [1]_. The intervals must cover 80 % of the time
      between the first beat and the last beat.

    The spectrum is the Hann periodogram of the linearly detrended intervals, which are
    interpolated at 4 Hz by a cubic spline over the times of the beats.

    A warning names the samples with NaN, except for powers that need longer samples.
    The mask of :meth:`valid` leaves these samples out. A warning is also given if the
    signals do not look like electrocardiograms.

    Departures from [1]_: times are in s and powers in s² instead of ms and ms². Normal
    beats are recognized by their intervals (see :func:`rr_intervals`), not by the shape
    of their waves.

    References
    ----------
    .. [1] Task Force of the European Society of Cardiology and the North American
       Society of Pacing and Electrophysiology, "Heart rate variability: standards
       of measurement, physiological interpretation and clinical use",
       Circulation 93(5), 1996.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(0, 10, 1 / 256)
    >>> ecg = np.exp(-0.5 * (((t - 0.3) % 0.8 - 0.4) / 0.015) ** 2)
    >>> features = HRVFeatures(sfreq=256, measures="time").fit(ecg[None])
    >>> features.transform(ecg[None])[0, :2].round(3)
    array([ 0.8, 75. ], dtype=float32)
    """

    _parameter_constraints: dict = {
        **BeatIntervalTransformer._parameter_constraints,
        "measures": [StrOptions({"all", "time"})],
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        signal="ecg",
        lead=0,
        max_heart_rate=200.0,
        min_heart_rate=30.0,
        measures="all",
        n_jobs=None,
    ):
        self.sfreq = sfreq
        self.signal = signal
        self.lead = lead
        self.max_heart_rate = max_heart_rate
        self.min_heart_rate = min_heart_rate
        self.measures = measures
        self.n_jobs = n_jobs

    def get_feature_names_out(self, input_features=None):
        """Return the names of the measures.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str of shape (n_measures,)
            Names in the order of the columns of the output.
        """
        frequency = FREQUENCY_MEASURES if self.measures == "all" else ()
        return np.array([*TIME_MEASURES, *frequency], dtype=object)

    def valid(self, X):
        """Return which samples have all measures that their length permits.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        mask : ndarray of bool of shape (n_samples,)
            False if the row that :meth:`transform` returns contains NaN. Powers that
            need longer samples are ignored, since they are NaN in every row.
        """
        self._validate_params()
        X = self._validated(X, reset=False)
        return self._complete(self._measured(X)[0], X.shape[-1])

    def _complete(self, out, n_times):
        shortest = [SHORTEST[name] for name in self.get_feature_names_out()]
        defined = np.array(shortest) <= n_times / self.sfreq
        return ~np.isnan(out[:, defined]).any(axis=1)

    def _transform(self, X):
        out, warned = self._measured(X)
        missing = np.flatnonzero(~self._complete(out, X.shape[-1]))
        if len(missing) and not warned:
            shown = ", ".join(map(str, missing[:10]))
            more = " and others" if len(missing) > 10 else ""
            warn_user(
                f"{len(missing)} of {len(X)} samples have NaN in their measures, "
                f"because too few RR intervals were found in samples {shown}{more}. "
                "Most estimators raise an error for NaN. Leave these samples out with "
                "the mask that valid(X) returns, or put a SimpleImputer() of "
                "scikit-learn after HRVFeatures."
            )
        return out

    def _measured(self, X):
        """Return the measures, and whether the input triggered a warning."""
        names = self.get_feature_names_out()
        out = np.empty((len(X), len(names)), dtype=np.float32)
        blocks, warned = self._usable_intervals(X)
        for rows, rr, times in blocks:
            measures = [time_measures(rr)]
            if self.measures == "all":
                duration = X.shape[-1] / self.sfreq
                measures.append(frequency_measures(rr, times, duration))
            out[rows] = np.concatenate(measures, axis=1)
        return out, warned
