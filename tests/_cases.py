"""One small case per public estimator, for the checks that all must pass."""

from dataclasses import dataclass, field, replace

import numpy as np
from _drawn_face import draw_face
from sklearn.base import BaseEstimator, is_classifier
from sklearn.preprocessing import FunctionTransformer

import sklearn_emotion as se
from sklearn_emotion import Modalities
from sklearn_emotion.networks._estimator import NetEstimator


@dataclass
class Case:
    """An estimator and a function that makes its input.

    `signal` names the modality to spoil where the input is a `Modalities`.
    """

    estimator: BaseEstimator
    make: callable
    signal: str | None = None
    is_samplewise: bool = True
    any_shape: bool = False
    passes_nan: bool = False
    skip: dict = field(default_factory=dict)

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


def labels(case):
    return np.arange(len(case.data())) % 2


def noise(*shape):
    return lambda rng: rng.standard_normal(shape).astype(np.float32)


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


CHANNELS = ["Fz", "Cz", "Pz", "Oz"]
FAST = {"max_epochs": 1, "random_state": 0, "batch_size": 4, "device": "cpu"}

CASES = [
    Case(se.DifferentialEntropy(), noise(8, 4, 256)),
    Case(se.BandPower(), noise(8, 4, 384)),
    Case(se.GridProjector9x9(ch_names=CHANNELS), noise(8, 2, 3, 4), any_shape=True),
    Case(se.DynamicConnectivity(), noise(8, 4, 384)),
    Case(se.HRVSeries(), ecg(8)),
    Case(se.HRVFeatures(), ecg(8)),
    Case(se.BandImages(ch_names=CHANNELS, size=8), noise(8, 4, 256)),
    Case(se.FaceLandmarkFeatures(window=0.4), noise(8, 5, 5, 2)),
    Case(
        se.make_modality_transformer(eeg=FunctionTransformer(np.tanh, validate=False)),
        several(eeg=noise(8, 4, 16)),
        "eeg",
        any_shape=True,
        passes_nan=True,
    ),
    Case(
        se.ModalityFlattener(),
        several(eeg=noise(8, 4, 16)),
        "eeg",
        any_shape=True,
        passes_nan=True,
    ),
    Case(se.AverageReference(), noise(8, 4, 256)),
    Case(se.BandpassFilter(), noise(8, 4, 512)),
    Case(se.NotchFilter(), noise(8, 4, 512)),
    Case(se.Resampler(), noise(8, 4, 512)),
    Case(se.WaveletDenoiser(), noise(8, 4, 256)),
    Case(se.WindowSlicer(), noise(8, 4, 512)),
    Case(
        se.BaselineRemoval(),
        several(eeg=noise(8, 4, 3, 5), baseline=noise(8, 6, 3, 5)),
        "eeg",
    ),
    Case(
        se.SubjectStandardizer(),
        several(eeg=noise(8, 5), subject=lambda rng: np.arange(8) // 4),
        "eeg",
        is_samplewise=False,
        any_shape=True,
    ),
    Case(se.FaceCropper(size=16), faces(8, 2)),
    Case(se.LDSSmoother(), noise(8, 6, 5), any_shape=True),
    Case(se.BandCovariances(), noise(8, 4, 256)),
    Case(se.BandTangentSpace(), covariances(8, 2, 4)),
    Case(se.BandMinimumDistance(), covariances(8, 2, 4)),
    Case(
        se.MultipleKernelClassifier(),
        several(eeg=noise(8, 5), ecg=noise(8, 3)),
        "eeg",
    ),
    Case(
        se.DeepCCA(n_components=2, hidden=(8,), max_epochs=2, random_state=0),
        several(eeg=noise(8, 5), ecg=noise(8, 3)),
        "eeg",
        any_shape=True,
    ),
    Case(se.DGCNN(**FAST), noise(8, 2, 4, 6)),
    Case(se.GraphSleepNet(**FAST), noise(8, 2, 4, 6)),
    Case(
        se.MMResLSTM(n_hidden=8, **FAST),
        several(eeg=noise(8, 3, 4), ecg=noise(8, 3, 2)),
        "eeg",
        any_shape=True,
    ),
    Case(
        se.EmotionTransformerFusion(width=8, **FAST),
        several(eeg=noise(8, 3, 4), ecg=noise(8, 3, 2)),
        "eeg",
        any_shape=True,
    ),
    Case(se.EEGNet(**FAST), noise(8, 4, 128)),
    Case(se.TSception(ch_names=["F3", "F4", "P3", "P4"], **FAST), noise(8, 4, 128)),
    Case(se.ACRNN(**FAST), noise(8, 4, 256)),
    Case(se.FourDCRNN(**FAST), noise(8, 2, 4, 9, 9)),
    Case(se.ContinuousCNN(**FAST), noise(8, 4, 9, 9)),
    Case(se.ThreeFACRNN(**FAST), noise(8, 2, 4, 9, 9)),
    Case(se.VisualCNNTCN(**FAST), noise(8, 2, 3, 48, 48)),
    Case(se.VisualCNN(**FAST), noise(8, 3, 24, 24)),
    Case(
        se.DeepVANet(**FAST),
        several(face=noise(8, 2, 3, 64, 64), bio=noise(8, 4, 32)),
        "bio",
    ),
    Case(
        se.PriorDrivenSTFENet(channels=(4, 8), **FAST),
        several(
            connectivity=noise(8, 3, 6, 6),
            eeg=noise(8, 3, 5, 6),
            face=noise(8, 3, 29),
        ),
        "eeg",
    ),
    Case(
        se.ModalityAwareAttentionNet(**FAST),
        several(eeg=noise(8, 4, 9, 9), ecg=noise(8, 34)),
        "eeg",
    ),
    Case(
        se.HierarchicalAttentionLSTM(n_hidden=8, max_steps=4, **FAST),
        several(face=noise(8, 6, 5), eeg=noise(8, 6, 3, 8, 8)),
        "eeg",
    ),
]


def regressor(case):
    """Return the case of a network's regressor, with the same settings."""
    twin = getattr(se, f"{case.id}Regressor")()
    names = twin.get_params()
    settings = {k: v for k, v in case.estimator.get_params().items() if k in names}
    return replace(case, estimator=twin.set_params(**settings))


# Networks without a regressor, and why.
NO_TWIN = {"HierarchicalAttentionLSTM": "its reward is for a right class"}
# Each classifying network and its regressor, which take the same input.
TWINS = [
    (case, regressor(case))
    for case in CASES
    if case.is_network and case.id not in NO_TWIN
]
CASES += [twin for _, twin in TWINS]
