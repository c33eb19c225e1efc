import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from sklearn_emotion import RemotePulse, find_pulse_peaks

# Relative changes of red, green and blue at a beat.
BLOOD = np.array([0.33, 0.77, 0.53])
SKIN = np.array([0.75, 0.52, 0.42])


def beats(frame_rate, duration, heart_rate):
    """Return a pulse with upstrokes of 0.2 s, and its phase in beats."""
    t = np.arange(round(frame_rate * duration)) / frame_rate
    speed = heart_rate / 60 * (1 + 0.03 * np.sin(2 * np.pi * 0.1 * t))
    phase = np.cumsum(speed) / frame_rate
    since = phase % 1
    return (since / 0.2) ** 2 * np.exp(2 - 2 * since / 0.2), phase


def video(pulse, frame_rate, *, motion=0.0, noise=0.0, size=32, random_state=0):
    """Return frames of uint8 whose light changes with motion, (n_frames, 3, s, s)."""
    rng = np.random.default_rng(random_state)
    light = gaussian_filter1d(rng.standard_normal(len(pulse)), 0.3 * frame_rate)
    light = 1 + motion * light / light.std()
    colors = SKIN * light[:, None] * (1 - 0.01 * pulse[:, None] * BLOOD)
    frames = colors[:, :, None, None] + rng.normal(
        0, noise, (len(pulse), 3, size, size)
    )
    # Noise before rounding keeps changes that are smaller than a step of one byte.
    frames += rng.uniform(-0.5, 0.5, frames.shape) / 255
    return np.round(255 * np.clip(frames, 0, 1)).astype(np.uint8)


def strongest_rate(pulse, frame_rate):
    """Return the frequency with most power from 42 to 240 beats per minute."""
    freqs = np.fft.rfftfreq(1 << 14, 1 / frame_rate) * 60
    power = np.abs(np.fft.rfft(pulse * np.hanning(len(pulse)), 1 << 14))
    power[(freqs < 42) | (freqs > 240)] = 0
    return freqs[power.argmax()]


@pytest.mark.parametrize("method", ["pos", "chrom"])
@pytest.mark.parametrize("frame_rate", [25, 50])
@pytest.mark.parametrize("motion", [0.0, 0.1])
def test_the_heart_rate_of_generated_videos_is_found(method, frame_rate, motion):
    for seed, heart_rate in enumerate((52, 75, 110)):
        pulse, phase = beats(frame_rate, 30, heart_rate)
        X = video(pulse, frame_rate, motion=motion, noise=0.03, random_state=seed)
        wave = RemotePulse(frame_rate=frame_rate, method=method).fit_transform(X[None])
        true = (phase[-1] - phase[0]) * 60 / (30 - 1 / frame_rate)
        # Twice the resolution of a Hann window of 30 s is 8 beats per minute.
        assert abs(strongest_rate(wave[0, 0], frame_rate) - true) < 2


@pytest.mark.parametrize("method", ["pos", "chrom"])
def test_the_wave_rises_at_each_beat(method):
    pulse, phase = beats(50, 30, 75)
    X = video(pulse, 50, size=64)[None]
    wave = RemotePulse(frame_rate=50, method=method).fit_transform(X)
    assert np.corrcoef(wave[0, 0], pulse)[0, 1] > 0.9
    peaks, _ = find_pulse_peaks(wave[:, 0], 50)
    # The pulse is highest 0.2 beats after its foot.
    highest = np.flatnonzero(np.diff(np.floor(phase - 0.2)) > 0)
    inner = (highest > 50) & (highest < len(pulse) - 50)
    lag = np.abs(peaks[0] - highest[inner, None]).min(axis=1)
    assert (lag <= 5).all()


def pos_by_hand(colors, length):
    """POS frame by frame, as Algorithm 1 of Wang et al. states it."""
    H = np.zeros(colors.shape[1])
    projection = np.array([[0, 1, -1], [-2, 1, 1]])
    for n in range(length - 1, colors.shape[1]):
        m = n - length + 1
        C = colors[:, m : n + 1]
        S = projection @ (C / C.mean(axis=1, keepdims=True))
        h = S[0] + S[0].std() / S[1].std() * S[1]
        H[m : n + 1] += h - h.mean()
    return -H


def test_pos_is_the_algorithm_of_the_paper():
    rng = np.random.default_rng(0)
    colors = rng.uniform(0.3, 0.6, (3, 100))
    X = np.broadcast_to(colors.T[None, :, :, None, None], (1, 100, 3, 4, 4))
    wave = RemotePulse(frame_rate=20).fit_transform(X)
    expected = pos_by_hand(colors, 32)
    # Single precision of the output.
    np.testing.assert_allclose(wave[0, 0], expected, atol=4e-7 * np.abs(expected).max())


@pytest.mark.parametrize("method", ["pos", "chrom"])
def test_changes_of_the_light_leave_nothing(method):
    rng = np.random.default_rng(0)
    light = 0.5 + 0.3 * rng.random((1, 100, 1, 1, 1))
    X = light * SKIN[:, None, None] * np.ones((4, 4))
    wave = RemotePulse(frame_rate=20, method=method).fit_transform(X)
    pulse, _ = beats(20, 5, 70)
    X = X * (1 - 0.01 * pulse[:, None] * BLOOD)[None, :, :, None, None]
    with_pulse = RemotePulse(frame_rate=20, method=method).fit_transform(X)
    assert np.corrcoef(with_pulse[0, 0], pulse)[0, 1] > 0.5
    if method == "pos":
        # The colors of a window are equal after the division by their means.
        assert np.abs(wave).max() < 1e-9 * np.abs(with_pulse).max()
    else:
        assert wave.std() < 0.2 * with_pulse.std()


def test_bytes_and_floats_agree_and_samples_are_independent():
    rng = np.random.default_rng(0)
    X = rng.integers(20, 200, (3, 60, 3, 8, 8), dtype=np.uint8)
    step = RemotePulse(frame_rate=30).fit(X)
    whole = step.transform(X)
    np.testing.assert_array_equal(step.transform(X[1:2]), whole[1:2])
    # The relative error of the mean of 25 floats of single precision is below 25 eps.
    np.testing.assert_allclose(step.transform(np.float32(X / 255)), whole, atol=1e-4)


def test_the_border_of_the_frame_is_left_out():
    rng = np.random.default_rng(0)
    X = rng.integers(20, 200, (1, 60, 3, 10, 10), dtype=np.uint8)
    changed = X.copy()
    changed[..., :2, :] = 0
    changed[..., 8:] = 255
    step = RemotePulse(frame_rate=30)
    np.testing.assert_array_equal(step.fit_transform(changed), step.fit_transform(X))


def test_black_and_constant_frames_give_zeros():
    X = np.zeros((2, 60, 3, 4, 4), np.uint8)
    X[1] = 90
    for method in ("pos", "chrom"):
        assert not RemotePulse(frame_rate=30, method=method).fit_transform(X).any()


def test_the_place_of_nan_is_named():
    X = np.full((2, 40, 3, 4, 4), 0.5)
    X[1, 7, 2, 0, 3] = np.nan
    match = "sample 1, frame 7, axis 2: 2, height 0, width 3"
    with pytest.raises(ValueError, match=match):
        RemotePulse(frame_rate=25).fit(X)


def test_too_few_frames_and_low_rates_are_named():
    X = np.full((1, 20, 3, 4, 4), 90, np.uint8)
    with pytest.raises(
        ValueError, match=r"20 frames, which last 0.8 s .* at least 1.6"
    ):
        RemotePulse(frame_rate=25).fit(X)
    with pytest.raises(ValueError, match="frame_rate"):
        RemotePulse(frame_rate=5.0).fit(X)
    with pytest.raises(ValueError, match="n_frames, 3, height, width"):
        RemotePulse().fit(X[:, :, 0])
