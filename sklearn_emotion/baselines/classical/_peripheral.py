"""Features of peripheral signals and of the EEG in the manner of published studies."""

from functools import partial

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectPercentile, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.baselines.classical._docs import PROBABILITY, TEXTS
from sklearn_emotion.baselines.classical._fisher import FisherScoreSelector
from sklearn_emotion.baselines.classical._pipeline import SFREQ
from sklearn_emotion.features import (
    POWER_BANDS,
    BandPower,
    EDAFeatures,
    EEGAsymmetry,
    EMGFeatures,
    EOGFeatures,
    HRVFeatures,
    PulseFeatures,
    RespirationFeatures,
    SignalStatistics,
    TemperatureFeatures,
)
from sklearn_emotion.modalities import ModalityFlattener, ModalityTransformer
from sklearn_emotion.model_selection._pipeline import TunablePipeline

# Kind of each signal, by the names that the loaders and their users give it.
KINDS = {
    "eda": "eda",
    "gsr": "eda",
    "bvp": "pulse",
    "ppg": "pulse",
    "pleth": "pulse",
    "plethysmograph": "pulse",
    "temperature": "temperature",
    "temp": "temperature",
    "respiration": "respiration",
    "resp": "respiration",
    "ecg": "ecg",
    "emg": "emg",
    "eog": "eog",
    "hr": "heart_rate",
}
_DEAP = {
    "eda": partial(EDAFeatures, measures="deap"),
    "pulse": partial(PulseFeatures, measures="deap"),
    "temperature": partial(TemperatureFeatures, measures="deap"),
    "respiration": partial(RespirationFeatures, measures="deap"),
    "emg": partial(EMGFeatures, measures="deap"),
    "eog": partial(EOGFeatures, measures="deap"),
    "ecg": HRVFeatures,
    "heart_rate": partial(SignalStatistics, window=None),
}
# Features of each kind of signal. Those of a kind that a study did not record are those
# of DEAP.
FEATURES = {
    "deap": _DEAP,
    "mahnob-hci": _DEAP,
    "wesad": _DEAP
    | {
        "eda": partial(EDAFeatures, measures="wesad"),
        "pulse": partial(PulseFeatures, measures="wesad"),
        "temperature": partial(TemperatureFeatures, measures="wesad"),
        "respiration": partial(RespirationFeatures, measures="wesad"),
        "emg": partial(EMGFeatures, measures=("amplitude", "spectrum", "bursts")),
    },
}
# Powers of the ECG, which MAHNOB-HCI adds to its heart rate variability.
ECG_BANDS = {f"{i / 10:.1f}": (i / 10, (i + 1) / 10) for i in range(1, 60)}
ECG_SEGMENT = 10.0  # s
# Share of the features that the analysis of variance keeps.
PERCENTILE = 20

_TEXTS = """
threshold : float
    Smallest Fisher score of the features to keep: see :class:`FisherScoreSelector`.
"""


@fill_doc()
def make_peripheral(sfreq, *, style="deap", classifier=None):
    """Build the classifier of peripheral signals of a published study.

    Each signal is described by the measures that the study names. The measures are
    imputed by their median, standardized, selected, and classified:

    - ``"deap"`` [1]_: Fisher's criterion (J > 0.3) and Gaussian naive Bayes;
    - ``"mahnob-hci"`` [2]_: the same measures, and the spectrum of the ECG in 0.1 to 6
      Hz; the fifth of them with the largest F of an analysis of variance; and an RBF
      support vector machine;
    - ``"wesad"`` [3]_: measures of responses and statistics, no selection, and a linear
      discriminant analysis.

    Read more in the :ref:`User Guide <peripheral_baselines>`.

    Parameters
    ----------
    sfreq : dict of str to float
        Sampling rate in Hz of each modality to use, such as ``dataset.sfreq``, or
        ``"auto"`` in place of a number to read the rate from the data. The
        names are ``"eda"`` or ``"gsr"``; ``"bvp"``, ``"ppg"``, ``"pleth"`` or
        ``"plethysmograph"``; ``"temperature"`` or ``"temp"``; ``"respiration"`` or
        ``"resp"``; ``"ecg"``, ``"emg"``, ``"eog"``; and ``"hr"``, the heart rate.

    style : {"deap", "mahnob-hci", "wesad"}, default="deap"
        Study whose measures, selection and classifier are used.

    classifier : classifier or None, default=None
        Classifier to use instead of the one of the study.

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of `Modalities` whose arrays have the shape ``(n_samples, n_channels,
        n_times)``. Its steps are ``features``, ``flatten``, ``impute``, ``constant``,
        ``scale``, ``select`` (except for WESAD) and ``classifier``. ``param_grid()``
        lists settings for a nested search.

    Raises
    ------
    ValueError
        If the name of a modality or of a study is unknown.

    See Also
    --------
    make_koelstra_svm : The features of the EEG in DEAP.
    ModalityVoting : Combine the decisions for EEG and peripheral signals.
    SubjectStandardizer : Remove differences between subjects.

    Notes
    -----
    Medians, means, standard deviations and the selection are learned from the training
    samples. A measure that is NaN in all of them is left out. Load samples of 60 s or
    more if you can: in shorter samples, many measures are NaN. WESAD's measures of the
    skin conductance need 20 s, and MAHNOB-HCI's spectrum of the ECG needs 10 s.

    Only DEAP's measures of the skin conductance accept a resistance (Ω), which DEAP and
    MAHNOB-HCI record. Responses are then minima.

    Departures: neither [1]_ nor [2]_ lists features that add up to the number it
    states, so these are features in the style of the paper. [1]_ trains on the trials
    of one subject. Signals that a study does not have are described by DEAP's measures.
    An ECG is described by the heart rate variability of its first lead. [2]_ keeps the
    features with p < 0.05, which may be none, and [3]_ compares five classifiers and
    does not shrink the covariance.

    References
    ----------
    .. [1] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.
    .. [2] M. Soleymani, J. Lichtenauer, T. Pun and M. Pantic, "A multimodal database
       for affect recognition and implicit tagging", IEEE Trans. Affect. Comput. 3,
       2012.
    .. [3] P. Schmidt et al., "Introducing WESAD, a multimodal dataset for wearable
       stress and affect detection", ICMI 2018.

    Examples
    --------
    >>> from sklearn_emotion import make_peripheral
    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(
    ...     n_subjects=6, modalities=("gsr", "ecg"), effect=4.0, duration=30.0,
    ...     window=30.0, random_state=0,
    ... )
    >>> y, subject = dataset.target("valence"), dataset.groups("subject")
    >>> test = subject == subject[-1]
    >>> clf = make_peripheral(dataset.sfreq).fit(dataset.data[~test], y[~test])
    >>> bool(clf.score(dataset.data[test], y[test]) > 0.8)
    True
    """
    if style not in FEATURES:
        raise ValueError(f"style must be one of {list(FEATURES)}, got {style!r}.")
    unknown = [name for name in sfreq if name not in KINDS]
    if unknown or not sfreq:
        raise ValueError(
            f"sfreq must name peripheral signals, which are {list(KINDS)}, got "
            f"{list(sfreq)}. Leave out other modalities, and pass those whose names "
            "differ under one of these names."
        )
    steps = [
        ("features", ModalityTransformer(_entries(sfreq, style))),
        ("flatten", ModalityFlattener(allow_nan=True)),
        ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("constant", VarianceThreshold()),
        ("scale", StandardScaler()),
    ]
    if style == "deap":
        steps.append(("select", FisherScoreSelector()))
        own = GaussianNB()
    elif style == "mahnob-hci":
        steps.append(("select", SelectPercentile(percentile=PERCENTILE)))
        own = SVC()
    else:
        own = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    steps.append(("classifier", own if classifier is None else classifier))
    return TunablePipeline(steps)


def _entries(sfreq, style):
    """Return the entries of the transformer of several signals."""
    entries = []
    for name, rate in sfreq.items():
        transformer = FEATURES[style][KINDS[name]](sfreq=rate)
        entries.append((name, transformer, name))
        if style == "mahnob-hci" and KINDS[name] == "ecg":
            spectrum = BandPower(
                sfreq=rate, bands=ECG_BANDS, window=None, segment=ECG_SEGMENT, log=True
            )
            entries.append((f"{name}_spectrum", spectrum, name))
    return entries


@fill_doc(TEXTS, PROBABILITY, _TEXTS)
def make_koelstra_svm(
    *,
    sfreq=SFREQ,
    ch_names="auto",
    threshold=0.3,
    C=1.0,
    gamma="scale",
    class_weight=None,
    probability=False,
):
    """Build a support vector machine on the EEG features of the DEAP paper.

    The features are the logarithm of the power of each channel in five bands, and the
    difference of these logarithms between the hemispheres in all bands but slow alpha.
    The 32 channels of DEAP have 216 features. They are standardized, and those with a
    Fisher score above the threshold are classified by an RBF support vector machine.

    Read more in the :ref:`User Guide <peripheral_baselines>`.

    Parameters
    ----------
    %(sfreq)s

    ch_names : str or sequence of str, default="auto"
        ``"auto"``, the name of a montage, or the names of the channels, as for
        :class:`EEGAsymmetry`.

    %(threshold)s

    %(C)s

    %(gamma)s

    %(class_weight)s

    %(probability)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `threshold`, `C` and `gamma` for nested search.

    Raises
    ------
    ValueError
        If no two channels mirror each other. This is found out in `fit`.

    See Also
    --------
    make_peripheral : The peripheral signals of the same paper, with its classifier.
    make_svm : The same classifier on other features of the EEG, without selection.

    Notes
    -----
    Departures from [1]_: the paper classifies by Gaussian naive Bayes. With
    ``set_params(svm=GaussianNB())`` this pipeline does too. The gamma band ends at 45
    Hz. Subjects are not separated.

    References
    ----------
    .. [1] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import make_koelstra_svm
    >>> X = np.random.default_rng(0).normal(size=(40, 32, 512))
    >>> y = np.arange(40) % 2
    >>> X[y == 1, :8] *= 2
    >>> clf = make_koelstra_svm().fit(X[:30], y[:30])
    >>> clf.score(X[30:], y[30:])
    1.0
    >>> clf["features"].transform(clf["power"].transform(X)).shape
    (40, 216)
    """
    differences = make_pipeline(
        EEGAsymmetry(feature=None, ch_names=ch_names, sfreq=sfreq),
        FunctionTransformer(_without_slow_alpha),
        ModalityFlattener(),
    )
    features = FeatureUnion(
        [("power", ModalityFlattener()), ("asymmetry", differences)]
    )
    svm = SVC(C=C, gamma=gamma, class_weight=class_weight)
    return TunablePipeline(
        [
            ("power", BandPower(sfreq=sfreq, window=None, log=True)),
            ("features", features),
            ("scale", StandardScaler()),
            ("select", FisherScoreSelector(threshold)),
            ("svm", CalibratedClassifierCV(svm) if probability else svm),
        ]
    )


def _without_slow_alpha(values):
    """Return (n_samples, n_windows, n_bands, n_pairs) without one of the bands."""
    return np.delete(values, list(POWER_BANDS).index("slow_alpha"), axis=2)
