"""The one hand-made feature that defines each effect of make_emotion."""

import numpy as np
from scipy.signal import find_peaks, hilbert, welch


def log_power(dataset, names, low, high):
    """Ln power of channels in a band, of shape (n_samples, n_names)."""
    picks = [dataset.ch_names["eeg"].index(name) for name in names]
    eeg = dataset.data["eeg"][:, picks]
    f, power = welch(eeg, dataset.sfreq["eeg"], nperseg=256)
    return np.log(power[..., (f >= low) & (f < high)].mean(axis=-1))


def alpha_asymmetry(dataset):
    left, right = log_power(dataset, ["F3", "F4"], 8, 13).T
    return right - left


def gamma(dataset):
    region = ["FC5", "FC6", "T7", "T8", "CP5", "CP6"]
    return log_power(dataset, region, 31, 45).mean(axis=1)


def power(dataset):
    return log_power(dataset, ["O1", "Oz", "O2"], 15, 28).mean(axis=1)


def connectivity(dataset):
    picks = [dataset.ch_names["eeg"].index(name) for name in ("F3", "P3")]
    pairs = dataset.data["eeg"][:, picks]
    return np.array([np.arctanh(np.corrcoef(pair)[0, 1]) for pair in pairs])


def peaks(ecg, sfreq):
    height = 0.5 * np.quantile(ecg, 0.995)
    return find_peaks(ecg, height=height, distance=round(0.3 * sfreq))[0]


def heart_rate(dataset):
    sfreq = dataset.sfreq["ecg"]
    beats = [peaks(ecg, sfreq) for ecg in dataset.data["ecg"][:, 0]]
    return np.array([60 * sfreq / np.diff(beat).mean() for beat in beats])


def skin_conductance(dataset):
    return np.log(dataset.data["gsr"][:, 0].mean(axis=-1))


def respiration(dataset):
    resp = dataset.data["resp"][:, 0]
    resp = resp - resp.mean(axis=1, keepdims=True)
    phase = np.unwrap(np.angle(hilbert(resp)))[:, 100:-100]
    cycles = (phase[:, -1] - phase[:, 0]) / (2 * np.pi)
    return 60 * cycles * dataset.sfreq["resp"] / (phase.shape[1] - 1)


def lip_corner_puller(dataset):
    column = dataset.ch_names["openface"].index("AU12")
    return dataset.data["openface"][:, :, column].mean(axis=1)


def smile(dataset):
    return np.array([corner_height(frames) for frames in dataset.data["face"]])


def corner_height(frames):
    """Bend of the red stroke in the mouth's place, from frames (F, 3, s, s)."""
    size = frames.shape[-1]
    rows = slice(round(0.55 * size), round(0.87 * size))
    columns = slice(round(0.30 * size), round(0.70 * size))
    red, green = frames[:, 0, rows, columns], frames[:, 1, rows, columns]
    redness = 1 - green / (red + 0.02)
    skin = np.median(redness, axis=(1, 2), keepdims=True)
    weight = np.clip(redness - skin - 0.12, 0, 0.1)
    weight /= weight.sum(axis=(1, 2), keepdims=True)

    def mean(values):
        return (weight * values).sum(axis=(1, 2), keepdims=True)

    y, x = np.mgrid[: weight.shape[1], : weight.shape[2]] / size
    u = x - mean(x)
    bend = mean((u**2 - mean(u**2)) * (mean(y) - y)) / mean((u**2 - mean(u**2)) ** 2)
    return np.median(bend * mean(u**2))
