"""Time entropy, band power and images of bands, and compare with other libraries.

Run ``python benchmarks/speed/spectral.py --out spectral.csv``. The input has the shape
of one subject of DEAP. All methods run on one thread, except for the row with two
threads (``n_jobs=2``). Methods that take minutes process one trial in forty, and their
time is scaled. torcheeg (``pip install --no-deps torcheeg spectrum``) and mne-features
are included if they are installed. The last column is the largest difference from the
definition in float64: in nats for the entropy, and relative for powers. torcheeg and
mne-features filter or normalize differently, so their values differ by design.
"""

import warnings
from importlib.util import find_spec

import numpy as np
import scipy.fft
from _timing import (
    SFREQ,
    deap_like,
    largest_difference,
    memory_copy,
    paired_medians,
    parser,
    report,
)
from scipy.interpolate import CloughTocher2DInterpolator
from scipy.signal import butter, sosfiltfilt, welch
from sklearn.base import clone

from sklearn_emotion import BandImages, BandPower, DifferentialEntropy
from sklearn_emotion.features import DE_BANDS, IMAGE_BANDS, POWER_BANDS
from sklearn_emotion.features._images import scalp_positions

COPY = "one memory copy of the input"
THREADS = "sklearn_emotion, two threads"
FFTS = "five real FFTs of the input"


def samples_of(X, seconds):
    """Cut trials into samples without overlap."""
    length = int(seconds * SFREQ)
    cut = X.reshape(*X.shape[:2], -1, length).swapaxes(1, 2)
    return np.ascontiguousarray(cut).reshape(-1, X.shape[1], length)


def filtered(X, edges):
    return sosfiltfilt(butter(5, edges, "bandpass", fs=SFREQ, output="sos"), X)


def windows_of(y, length):
    return y[..., : y.shape[-1] // length * length].reshape(*y.shape[:-1], -1, length)


def entropy_by_scipy(X, window):
    """Filter all samples at once."""
    length = int(window * SFREQ)
    variance = [windows_of(filtered(X, e), length).var(-1) for e in DE_BANDS.values()]
    h = 0.5 * np.log(2 * np.pi * np.e * np.stack(variance, axis=2))
    return h.transpose(0, 3, 2, 1)


def entropy_by_trial(X, window):
    return np.concatenate([entropy_by_scipy(x[None], window) for x in X])


def five_ffts(X):
    """Compute one real FFT and four inverse FFTs, a few signals at a time."""
    signals = X.reshape(-1, X.shape[-1])
    for start in range(0, len(signals), 16):
        spectrum = scipy.fft.rfft(signals[start : start + 16])
        for _ in range(4):
            scipy.fft.irfft(spectrum, X.shape[-1])


def entropy_by_torcheeg(X):
    from torcheeg.transforms import BandDifferentialEntropy

    transform = BandDifferentialEntropy(sampling_rate=int(SFREQ), band_dict=DE_BANDS)
    h = np.stack([transform(eeg=x)["eeg"] for x in X])  # (n, C, B), in bits
    return np.log(2) * h.swapaxes(1, 2)[:, None]


def entropy_by_mne_features(X):
    from mne_features.univariate import compute_energy_freq_bands

    edges = {name: list(edges) for name, edges in DE_BANDS.items()}
    energy = [compute_energy_freq_bands(SFREQ, np.float64(x), edges) for x in X]
    energy = np.reshape(energy, (*X.shape[:2], len(edges))).swapaxes(1, 2)[:, None]
    return 0.5 * np.log(2 * np.pi * np.e * energy / X.shape[-1])


def power_by_welch(X, window):
    cut = windows_of(X, int(window * SFREQ))
    f, density = welch(cut, fs=SFREQ, nperseg=cut.shape[-1])
    inside = [(f >= low) & (f < high) for low, high in POWER_BANDS.values()]
    power = np.stack([density[..., k].sum(-1) * f[1] for k in inside], axis=2)
    return power.swapaxes(1, 3)


def power_by_mne(X, window):
    from mne.time_frequency import psd_array_welch

    cut = windows_of(X.astype(np.float64), int(window * SFREQ))
    density, f = psd_array_welch(
        cut, SFREQ, n_fft=cut.shape[-1], window="hann", verbose="error"
    )
    inside = [(f >= low) & (f < high) for low, high in POWER_BANDS.values()]
    power = np.stack([density[..., k].sum(-1) * f[1] for k in inside], axis=2)
    return power.swapaxes(1, 3)


def power_by_mne_features(X, window):
    from mne_features.univariate import compute_pow_freq_bands

    edges = {name: list(edges) for name, edges in POWER_BANDS.items()}
    cut = windows_of(np.float64(X), int(window * SFREQ)).swapaxes(1, 2)
    options = {"normalize": False, "psd_method": "welch"}
    power = [
        compute_pow_freq_bands(
            SFREQ, w, edges, psd_params={"welch_n_fft": w.shape[-1]}, **options
        )
        for sample in cut
        for w in sample
    ]
    return np.reshape(power, (*cut.shape[:3], len(edges))).swapaxes(2, 3)


def images_by_scipy(X):
    """Filter, then interpolate each frame."""
    positions = scalp_positions("deap32")
    axis = np.linspace(-1, 1, 32) * np.abs(positions).max()
    grid = np.meshgrid(axis, axis[::-1])
    energy = [
        (windows_of(filtered(x, e), 16) ** 2).mean(-1)
        for x in X.astype(np.float64)
        for e in IMAGE_BANDS.values()
    ]
    energy = np.reshape(energy, (len(X), len(IMAGE_BANDS), X.shape[1], -1))
    images = np.empty((len(X), energy.shape[-1], len(IMAGE_BANDS), 32, 32))
    for i, b, k in np.ndindex(len(X), len(IMAGE_BANDS), energy.shape[-1]):
        images[i, k, b] = CloughTocher2DInterpolator(
            positions, energy[i, b, :, k], fill_value=0.0
        )(*grid)
    return images


class Case:
    """One transformer on one input, and the methods to compare with it.

    `slow` names the methods that process one trial in forty.
    """

    def __init__(self, title, X, ours, peers, reference, *, slow=(), relative=False):
        self.title, self.X = title, X
        two_threads = clone(ours).set_params(n_jobs=2)
        self.ways = {
            "sklearn_emotion": ours.transform,
            THREADS: two_threads.transform,
            **peers,
        }
        self.reference, self.slow, self.relative = reference, slow, relative

    def rows(self, repeats, threads):
        """Yield one row per way, with its time and its agreement."""
        part = self.X[: max(1, len(self.X) // 40)]
        expected = self.reference(part.astype(np.float64))
        scale = np.abs(expected).max() if self.relative == "largest" else 1.0
        calls = {COPY: memory_copy(self.X)}
        for name, way in self.ways.items():
            calls[name] = lambda w=way, n=name: w(part if n in self.slow else self.X)
        seconds = paired_medians(calls, repeats=repeats, threads=threads)
        for name in self.slow:
            seconds[name] *= len(self.X) / len(part)
        for name, time in seconds.items():
            way = self.ways.get(name)
            found = None if way is None else way(part)
            difference = None
            if found is not None and self.relative is True:
                difference = largest_difference(found / expected, 1.0)
            elif found is not None:
                difference = largest_difference(found, expected) / scale
            yield {
                "what": self.title,
                "way": name,
                "ms": 1e3 * time,
                "copies": time / seconds[COPY],
                "times ours": time / seconds["sklearn_emotion"],
                "difference": difference,
            }


def cases():
    X = deap_like()
    two, one = samples_of(X, 2), samples_of(X, 1)
    has = {name: find_spec(name) is not None for name in ("torcheeg", "mne_features")}
    for window in (0.5, 1.0, 2.0):
        yield Case(
            f"entropy, 2-s samples, {window}-s windows",
            two,
            DifferentialEntropy(window=window),
            {"sosfiltfilt, batched": lambda Z, w=window: entropy_by_scipy(Z, w)},
            lambda Z, w=window: entropy_by_scipy(Z, w),
        )
    peers = {"sosfiltfilt, batched": lambda Z: entropy_by_scipy(Z, 1.0)}
    if has["torcheeg"]:
        peers["torcheeg BandDifferentialEntropy"] = entropy_by_torcheeg
    if has["mne_features"]:
        peers["mne-features energy_freq_bands"] = entropy_by_mne_features
    yield Case(
        "entropy, 1-s samples",
        one,
        DifferentialEntropy(window=None),
        peers,
        lambda Z: entropy_by_scipy(Z, 1.0),
        slow=[name for name in peers if not name.startswith("sos")],
    )
    for window in (0.5, 1.0, 2.0):
        yield Case(
            f"entropy, 60-s trials, {window}-s windows",
            X,
            DifferentialEntropy(window=window),
            {
                "sosfiltfilt, trial by trial": lambda Z, w=window: entropy_by_trial(
                    Z, w
                ),
                FFTS: five_ffts,
            },
            lambda Z, w=window: entropy_by_scipy(Z, w),
        )
    peers = {
        "scipy.signal.welch, batched": lambda Z: power_by_welch(Z, 3.0),
        "mne psd_array_welch": lambda Z: power_by_mne(Z, 3.0),
    }
    if has["mne_features"]:
        peers["mne-features pow_freq_bands"] = lambda Z: power_by_mne_features(Z, 3.0)
    yield Case(
        "power, 60-s trials, 3-s windows",
        X,
        BandPower(),
        peers,
        lambda Z: power_by_welch(Z, 3.0),
        slow=["mne-features pow_freq_bands"] if has["mne_features"] else [],
        relative=True,
    )
    yield Case(
        "images, 2-s samples, 8 per second",
        two[:120],
        BandImages(),
        {"SciPy, frame by frame": images_by_scipy},
        images_by_scipy,
        slow=["SciPy, frame by frame"],
        relative="largest",
    )


def main():
    arguments = parser(__doc__.splitlines()[0]).parse_args()
    rows = []
    with warnings.catch_warnings():
        # Peers warn of missing accelerators and of deprecated names.
        warnings.simplefilter("ignore")
        for case in cases():
            rows += case.rows(arguments.repeats, arguments.threads)
    report(rows, arguments.out)


if __name__ == "__main__":
    main()
