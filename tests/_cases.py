"""One small case per public estimator, for the checks that all must pass."""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from _drawn_face import draw_face
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

import sklearn_emotion as se
from sklearn_emotion import Modalities
from sklearn_emotion.networks._estimator import NetEstimator


@dataclass
class Case:
    """An estimator and a function that makes its input.

    The other fields are for the checks in `test_sklearn_checks.py`. `native` makes the
    input of a matrix. Without it, the values of the matrix are placed on samples of the
    shape that `small`, or else `make`, returns. `settings` are parameters to set.
    `inapplicable` maps names of checks to the reason why they cannot apply. `learns` is
    False if scikit-learn's data, spread over images or maps at random, take the network
    more epochs than a test has: then no check asks for a minimal score.
    """

    estimator: BaseEstimator
    make: callable
    native: callable = None
    small: callable = None
    settings: dict = field(default_factory=dict)
    inapplicable: dict = field(default_factory=dict)
    is_slow: bool = False
    learns: bool = True

    @property
    def id(self):
        return type(self.estimator).__name__

    @property
    def is_network(self):
        return isinstance(self.estimator, NetEstimator)

    @property
    def classifies(self):
        return is_classifier(self.estimator)

    def data(self):
        return self.make(np.random.default_rng(0))

    @property
    def checked(self):
        """The estimator as the checks take it, with settings that learn quickly."""
        settings = {}
        if self.is_network:
            settings = LEARNING if self.classifies else LEARNING_OF_RATINGS
            settings = settings if self.learns else {"max_epochs": 1, "batch_size": 64}
        return clone(self.estimator).set_params(**(settings | self.settings))

    def native_input(self):
        return self.native or (self.small or self.make)(np.random.default_rng(0))

    def exclusions(self):
        """Names of the checks that cannot apply, mapped to the reason."""
        reasons = NETWORK if self.is_network else {}
        if self.is_network and get_tags(self.estimator).target_tags.multi_output:
            reasons = reasons | NETWORK_OF_MANY_OUTPUTS
        return reasons | self.inapplicable


def labels(case):
    return np.arange(len(case.data())) % 2


def noise(*shape):
    return lambda rng: rng.standard_normal(shape).astype(np.float32)


def colors(n, n_frames):
    return lambda rng: rng.uniform(0.2, 0.8, (n, n_frames, 3, 4, 4)).astype(np.float32)


def ecg(n, seconds=10, sfreq=256.0):
    """Spikes of 1 mV at rates from 60 to 80 beats a minute, with a little noise."""

    def make(rng):
        t = np.arange(int(seconds * sfreq)) / sfreq
        X = 0.01 * rng.standard_normal((n, 1, len(t)))
        for i, x in enumerate(X):
            for beat in np.arange(0.3, seconds, 60 / (60 + 20 * i / n)):
                x += np.exp(-0.5 * ((t - beat) / 0.012) ** 2)
        return X.astype(np.float32)

    return make


def several(**makers):
    return lambda rng: Modalities(**{key: make(rng) for key, make in makers.items()})


def faces(n, n_frames):
    """Drawn faces of several places, angles and expressions."""

    def make(rng):
        X = np.empty((n, n_frames, 3, 80, 96), dtype=np.float32)
        for place in np.ndindex(n, n_frames):
            centre, angle, smile = rng.uniform((42, 32), (54, 38)), *rng.uniform(size=2)
            options = {"centre": centre, "angle": 0.4 * angle, "smile": smile}
            frame, _ = draw_face(80, 96, eye_distance=20.0, **options)
            X[place] = frame.transpose(2, 0, 1) / np.float32(255)
        return X

    return make


def covariances(n, n_bands, n_channels):
    def make(rng):
        A = rng.standard_normal((n, n_bands, n_channels, 3 * n_channels))
        return A @ A.swapaxes(-1, -2)

    return make


def _scales(X):
    """Return a factor from 0.8 to 1 for each row of a matrix, by its mean."""
    mean = X.mean(axis=1)
    return 0.9 + 0.1 * mean / (1 + np.abs(mean))


def lit_faces(X):
    """Return a drawn face whose brightness depends on the row of a matrix."""
    face = faces(1, 2)(np.random.default_rng(0))
    return face * _scales(X)[:, None, None, None, None]


def moved_landmarks(X):
    """Return five points of a face, moved by the values of the rows of a matrix."""
    face = np.array([[40, 50], [60, 50], [50, 62], [42, 72], [58, 74]], dtype=X.dtype)
    columns = np.arange(50).reshape(5, 5, 2) % X.shape[1]
    return face + X.dtype.type(0.01) * X[:, columns]


def scaled_ecg(X):
    """Return an ECG whose amplitude depends on the row of a matrix."""
    return ecg(1)(np.random.default_rng(0)) * _scales(X)[:, None, None]


def covariances_of(X):
    """Return covariances of noise to which the rows of a matrix are added in turn."""
    noise = np.random.default_rng(0).standard_normal((2, 4, 12))
    columns = np.arange(noise.size).reshape(noise.shape) % X.shape[1]
    A = noise + X[:, columns]
    return A @ A.swapaxes(-1, -2)


def covariances_of_two(X):
    """Return the same covariances, of two subjects in turn."""
    return Modalities(eeg=covariances_of(X), subject=np.arange(len(X)) % 2)


def near(X, level, wave):
    """Return one signal near a level, with a wave, for each row of a matrix."""
    columns = X[:, np.arange(240) % X.shape[1]]
    slow = level + wave * np.sin(2 * np.pi * 0.066 * np.arange(240))
    return (slow + columns / (1 + np.abs(columns))).astype(X.dtype)[:, None]


def around(n, level, wave=0.0):
    """Return functions that make signals of noise, and of the rows of a matrix."""
    native = partial(near, level=level, wave=wave)
    return lambda rng: native(rng.standard_normal((n, 240))), native


def in_own_trials(X):
    """Return the rows of a matrix as windows, each of a trial of its own."""
    return Modalities(eeg=X, trial=np.arange(len(X)))


def _flat(classifier):
    return make_pipeline(se.ModalityFlattener(), classifier)


TRANSDUCTIVE = dict.fromkeys(
    [
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_batch_invariance",
    ],
    "transductive: the output of a sample depends on the others in the call",
)
_ROUNDING = (
    "float32 sums are rounded differently in another batch; check_batch_invariance "
    "bounds the difference"
)
NETWORK = {
    "check_methods_sample_order_invariance": _ROUNDING,
    "check_methods_subset_invariance": _ROUNDING,
    "check_sample_weight_equivalence_on_dense_data": (
        "a sample that is removed or repeated changes the batches of all others"
    ),
}
NETWORK_OF_MANY_OUTPUTS = {
    "check_regressor_multioutput": (
        "requires float64, but a float32 network predicts float32"
    ),
}
# Settings with which the networks learn the data of scikit-learn's checks.
LEARNING = {"max_epochs": 3, "batch_size": 16, "lr": 3e-3}
LEARNING_OF_RATINGS = LEARNING | {"max_epochs": 15}
CHANNELS = ["Fz", "Cz", "Pz", "Oz"]
FAST = {"max_epochs": 1, "random_state": 0, "batch_size": 4, "device": "cpu"}

CASES = [
    Case(se.DifferentialEntropy(), noise(8, 4, 256)),
    Case(se.BandPower(), noise(8, 4, 384)),
    Case(se.GridProjector9x9(ch_names=CHANNELS), noise(8, 2, 3, 4)),
    Case(se.DynamicConnectivity(), noise(8, 4, 384)),
    Case(se.HRVSeries(), ecg(8), scaled_ecg),
    Case(se.HRVFeatures(), ecg(8), scaled_ecg),
    Case(
        se.EEGAsymmetry(ch_names=["F3", "F4", "P3", "P4"]),
        noise(8, 4, 256),
        inapplicable={
            "check_methods_subset_invariance": "a difference of float32 entropies near "
            "2 nats has a step of 1.2e-7, and the check allows 1e-7"
        },
    ),
    Case(se.Hjorth(), noise(8, 4, 256)),
    Case(
        se.SignalEntropy(measures=["spectral", "permutation", "svd"]), noise(8, 4, 256)
    ),
    Case(se.FractalDimension(), noise(8, 4, 256)),
    Case(se.SignalStatistics(), noise(8, 4, 256)),
    Case(se.EDAFeatures(measures="level"), *around(8, 5.0)),
    Case(se.TemperatureFeatures(), *around(8, 33.0)),
    Case(
        se.RespirationFeatures(sfreq=4.0, measures=["rate", "depth_mean"]),
        *around(8, 0.0, wave=10.0),
    ),
    Case(
        se.PulseFeatures(sfreq=20.0, measures=["mean_hr", "mean_nn"]),
        *around(8, 0.0, wave=10.0),
    ),
    Case(se.EMGFeatures(), noise(8, 2, 256)),
    Case(se.EOGFeatures(measures="deap"), noise(8, 2, 1280)),
    Case(se.BandImages(ch_names=CHANNELS, size=8), noise(8, 4, 256)),
    Case(se.RemotePulse(frame_rate=20), colors(8, 32)),
    Case(se.FaceLandmarkFeatures(window=0.4), noise(8, 5, 5, 2), moved_landmarks),
    Case(
        se.make_modality_transformer(eeg=se.AverageReference()),
        several(eeg=noise(8, 4, 16)),
    ),
    Case(
        se.ModalityFlattener(),
        several(eeg=noise(8, 4, 16)),
    ),
    Case(se.AverageReference(), noise(8, 4, 256)),
    Case(se.BandpassFilter(), noise(8, 4, 512)),
    Case(se.NotchFilter(), noise(8, 4, 512)),
    Case(se.Resampler(), noise(8, 4, 512)),
    Case(se.WaveletDenoiser(), noise(8, 4, 256)),
    Case(se.WindowAverager(frame_rate=4.0, window=0.5), noise(8, 5, 3)),
    Case(se.WindowSlicer(), noise(8, 4, 512)),
    Case(
        se.BaselineRemoval(),
        several(eeg=noise(8, 4, 3, 5), baseline=noise(8, 6, 3, 5)),
    ),
    Case(
        se.SubjectStandardizer(),
        several(eeg=noise(8, 5), subject=lambda rng: np.arange(8) // 4),
        inapplicable=TRANSDUCTIVE,
    ),
    Case(
        se.EuclideanAlignment(),
        several(eeg=noise(8, 3, 40), subject=lambda rng: np.arange(8) // 4),
        inapplicable=TRANSDUCTIVE,
    ),
    Case(
        se.RiemannianRecentering(),
        several(eeg=covariances(8, 2, 4), subject=lambda rng: np.arange(8) // 4),
        covariances_of_two,
        inapplicable=TRANSDUCTIVE,
    ),
    Case(
        se.CoralAlignment(),
        several(eeg=noise(8, 5), subject=lambda rng: np.arange(8) // 4),
        inapplicable=TRANSDUCTIVE,
    ),
    Case(se.FaceCropper(size=16), faces(8, 2), lit_faces, is_slow=True),
    Case(
        se.LDSSmoother(),
        noise(8, 6, 5),
        inapplicable={
            "check_transformer_n_iter": "transform iterates, and may not store n_iter_"
        },
    ),
    Case(se.BandCovariances(), noise(8, 4, 256), small=noise(8, 2, 128)),
    Case(se.BandTangentSpace(), covariances(8, 2, 4), covariances_of),
    Case(se.BandMinimumDistance(), covariances(8, 2, 4), covariances_of),
    Case(
        se.MultipleKernelClassifier(),
        several(eeg=noise(8, 5), ecg=noise(8, 3)),
    ),
    Case(se.FisherScoreSelector(), noise(8, 5)),
    Case(
        se.ModalityVoting(
            [
                ("eeg", _flat(LogisticRegression()), "eeg"),
                ("ecg", _flat(GaussianNB()), "ecg"),
            ]
        ),
        several(eeg=noise(8, 5), ecg=noise(8, 3)),
    ),
    Case(
        se.TrialVoting(_flat(LogisticRegression())),
        several(eeg=noise(8, 5), trial=lambda rng: np.arange(8) // 2),
        in_own_trials,
    ),
    Case(
        se.DeepCCA(n_components=2, hidden=(8,), max_epochs=2, random_state=0),
        several(eeg=noise(8, 5), ecg=noise(8, 3)),
    ),
    Case(se.DGCNN(**FAST), noise(8, 2, 4, 6), small=noise(8, 1, 4, 3)),
    Case(
        se.GraphSleepNet(**FAST),
        noise(8, 2, 4, 6),
        small=noise(8, 1, 4, 3),
        settings={"lr": 0.01},
        is_slow=True,
    ),
    Case(
        se.MMResLSTM(n_hidden=8, **FAST),
        several(eeg=noise(8, 3, 4), ecg=noise(8, 3, 2)),
        small=several(eeg=noise(8, 2, 3), ecg=noise(8, 2, 2)),
        settings={"lr": 0.02},
    ),
    Case(
        se.EmotionTransformerFusion(width=8, **FAST),
        several(eeg=noise(8, 3, 4), ecg=noise(8, 3, 2)),
        small=several(eeg=noise(8, 2, 3), ecg=noise(8, 2, 2)),
        is_slow=True,
    ),
    Case(se.EEGNet(**FAST), noise(8, 4, 128), small=noise(8, 2, 64), is_slow=True),
    Case(
        se.TSception(ch_names=["F3", "F4", "P3", "P4"], **FAST),
        noise(8, 4, 128),
        small=noise(8, 4, 128),
        is_slow=True,
    ),
    Case(se.ACRNN(**FAST), noise(8, 4, 256), small=noise(8, 2, 128), is_slow=True),
    Case(
        se.FourDCRNN(**FAST),
        noise(8, 2, 4, 9, 9),
        small=noise(8, 1, 1, 9, 9),
        is_slow=True,
        learns=False,
    ),
    Case(
        se.ContinuousCNN(**FAST),
        noise(8, 4, 9, 9),
        small=noise(8, 1, 9, 9),
        is_slow=True,
        learns=False,
    ),
    Case(
        se.ThreeFACRNN(**FAST),
        noise(8, 2, 4, 9, 9),
        small=noise(8, 1, 1, 9, 9),
        is_slow=True,
        learns=False,
    ),
    Case(
        se.VisualCNNTCN(**FAST),
        noise(8, 2, 3, 48, 48),
        is_slow=True,
        learns=False,
    ),
    Case(
        se.VisualCNN(**FAST),
        noise(8, 3, 24, 24),
        is_slow=True,
        learns=False,
    ),
    Case(
        se.DeepVANet(**FAST),
        several(face=noise(8, 2, 3, 64, 64), bio=noise(8, 4, 32)),
        small=several(face=noise(8, 1, 3, 64, 64), bio=noise(8, 4, 32)),
        is_slow=True,
        learns=False,
    ),
    Case(
        se.PriorDrivenSTFENet(channels=(4, 8), **FAST),
        several(
            connectivity=noise(8, 3, 6, 6),
            eeg=noise(8, 3, 5, 6),
            face=noise(8, 3, 29),
        ),
        is_slow=True,
        learns=False,
    ),
    Case(
        se.ModalityAwareAttentionNet(**FAST),
        several(eeg=noise(8, 4, 9, 9), ecg=noise(8, 34)),
        is_slow=True,
        learns=False,
    ),
    Case(
        se.HierarchicalAttentionLSTM(n_hidden=8, max_steps=4, **FAST),
        several(face=noise(8, 6, 5), eeg=noise(8, 6, 3, 8, 8)),
        is_slow=True,
        learns=False,
    ),
]


def regressor(case):
    """Return the case of a network's regressor, with the same settings."""
    twin = getattr(se, f"{case.id}Regressor")()
    names = twin.get_params()
    settings = {k: v for k, v in case.estimator.get_params().items() if k in names}
    twin.set_params(**settings)
    # Ratings take the LSTM more epochs than classes.
    learns = case.learns and case.id != "MMResLSTM"
    return replace(case, estimator=twin, is_slow=case.id != "DGCNN", learns=learns)


# Networks without a regressor, and why.
NO_TWIN = {"HierarchicalAttentionLSTM": "its reward is for a right class"}
# Each classifying network and its regressor, which take the same input.
TWINS = [
    (case, regressor(case))
    for case in CASES
    if case.is_network and case.id not in NO_TWIN
]
CASES += [twin for _, twin in TWINS]
