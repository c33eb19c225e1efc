"""Windows are whole, lie at the same times in all modalities, and are counted."""

import numpy as np
import pytest

from sklearn_emotion.datasets._windows import plan_windows


@pytest.mark.parametrize(
    ("duration", "window", "step", "onsets"),
    [
        (60.0, 10.0, None, [0, 10, 20, 30, 40, 50]),
        (62.0, 10.0, None, [0, 10, 20, 30, 40, 50]),
        (4.0, 2.0, 0.5, [0, 0.5, 1, 1.5, 2]),
        (3.0, 1.0, 2.0, [0, 2]),
        (7.0, None, None, [0]),
        # 0.3 is not exact in binary: 0.9 / 0.3 is 2.9999999999999996.
        (0.9, 0.3, None, [0, 0.3, 0.6]),
    ],
)
def test_onsets(duration, window, step, onsets):
    windows = plan_windows(duration, window, step, {"eeg": 100.0})
    np.testing.assert_allclose(windows.onsets, onsets)
    np.testing.assert_allclose(windows.starts["eeg"], 100 * np.array(onsets))


def test_a_window_spans_the_same_time_in_every_modality():
    windows = plan_windows(5.0, 2.0, 1.0, {"eeg": 128.0, "ecg": 250.0, "face": 4.0})
    assert windows.lengths == {"eeg": 256, "ecg": 500, "face": 8}
    for name, rate in (("eeg", 128.0), ("ecg", 250.0)):
        time = np.arange(int(5 * rate)) / rate
        cut = windows.cut(np.stack([time, -time]), name)
        assert cut.shape == (4, 2, windows.lengths[name])
        np.testing.assert_allclose(cut[:, 0, 0], [0, 1, 2, 3])
        np.testing.assert_array_equal(cut[:, 1], -cut[:, 0])
    frames = np.arange(20)[:, np.newaxis] * np.ones((1, 3))
    cut = windows.cut(frames, "face", axis=0)
    assert cut.shape == (4, 8, 3)
    np.testing.assert_array_equal(cut[:, 0, 0], [0, 4, 8, 12])


@pytest.mark.parametrize(
    ("window", "step", "match"),
    [
        (0.3, None, r"window of 'eeg'=0.3 s is 38.4 samples.*nearest.*0.296875"),
        (1.0, 0.3, r"step of 'eeg'=0.3 s is 38.4 samples"),
        (11.0, None, r"window=11.0 s is longer than the 10 s of a trial"),
        (-1.0, None, r"window of 'eeg' must be a positive number of seconds"),
    ],
)
def test_windows_that_do_not_fit_are_named_in_seconds(window, step, match):
    with pytest.raises(ValueError, match=match):
        plan_windows(10.0, window, step, {"eeg": 128.0})
