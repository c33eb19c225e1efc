"""The pipeline from EEG and frames of the face to the prior-driven network."""

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_emotion import (
    BandPower,
    Modalities,
    PriorDrivenSTFENet,
    make_prior_stfenet,
)
from sklearn_emotion.datasets import make_emotion

FAST = {"channels": (4, 8), "max_epochs": 1, "device": "cpu", "random_state": 0}
RATES = {"eeg": 128.0, "openface": 2.0, "gsr": 4.0}


def recordings(n=8, seconds=12, n_channels=4, seed=0):
    rng = np.random.default_rng(seed)
    return Modalities(
        eeg=rng.standard_normal((n, n_channels, 128 * seconds), np.float32),
        openface=rng.standard_normal((n, 2 * seconds, 29), np.float32),
        subject=np.arange(n),
    ), np.array(["low", "high"] * (n // 2))


def test_inputs_are_band_powers_their_correlations_and_means_of_the_face():
    X, y = recordings()
    model = make_prior_stfenet(sfreq=RATES, **FAST).fit(X, y)
    inputs = model[:-1].transform(X)
    assert {key: x.shape for key, x in inputs.items()} == {
        "connectivity": (8, 4, 4, 4),
        "eeg": (8, 4, 5, 4),
        "face": (8, 4, 29),
    }
    bands = {"t": (4, 8), "s": (8, 10), "a": (8, 12), "b": (12, 30), "g": (30, 45)}
    power = BandPower(window=3.0, bands=bands, log=True).transform(X["eeg"])
    np.testing.assert_array_equal(inputs["eeg"], power)
    for n, t in np.ndindex(8, 4):  # Eq. 1 over the bands of a window
        expected = np.corrcoef(power[n, t].T)
        np.testing.assert_allclose(inputs["connectivity"][n, t], expected, atol=1e-5)
        frames = X["openface"][n, 6 * t : 6 * t + 6]  # 3 s at 2 Hz
        np.testing.assert_allclose(inputs["face"][n, t], frames.mean(0), atol=1e-6)


def test_a_minute_has_the_twenty_windows_of_the_paper():
    X, y = recordings(n=2, seconds=60)
    model = make_prior_stfenet(sfreq=RATES, **FAST)
    assert model[:-1].fit_transform(X, y)["connectivity"].shape == (2, 20, 4, 4)


def test_without_prior_the_face_is_not_needed():
    X, y = recordings()
    model = make_prior_stfenet(prior=False, **FAST).fit(X, y)
    alone = Modalities(eeg=X["eeg"])
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(alone))


def test_powers_may_stay_powers():
    X, _ = recordings()
    log, plain = (
        make_prior_stfenet(sfreq=RATES, log=log, **FAST)[:-1].fit_transform(X)["eeg"]
        for log in (True, False)
    )
    np.testing.assert_allclose(np.exp(log), plain, rtol=1e-4)


def test_another_rate_of_the_face_than_stated_is_named():
    X, y = recordings()
    with pytest.raises(ValueError, match=r"numbers of windows .* differ"):
        make_prior_stfenet(sfreq=RATES | {"openface": 4.0}, **FAST).fit(X, y)


def test_paper_params_and_clone_reach_the_network():
    network = make_prior_stfenet()[-1]
    model = clone(make_prior_stfenet(**network.paper_params(), random_state=0))
    assert model[-1].batch_size == 40
    assert not model[-1].standardize
    assert model.param_grid() == {}


def test_learns_as_in_the_paper_on_unseen_subjects():
    """Without standardization, although positions of the face are in mm."""
    dataset = make_emotion(
        n_subjects=12,
        n_trials=16,
        modalities=("eeg", "openface"),
        effect="large",
        ch_names=["F3", "F4", "T7", "T8", "P3", "P4"],
        duration=12.0,
        window=12.0,
        random_state=0,
    )
    y = dataset.target("valence")
    params = PriorDrivenSTFENet.paper_params() | {"channels": (8, 16)}
    model = make_prior_stfenet(
        sfreq=dataset.sfreq, max_epochs=25, device="cpu", random_state=0, **params
    )
    new = dataset.groups("subject") >= 8
    score = model.fit(dataset.data[~new], y[~new]).score(dataset.data[new], y[new])
    # With 64 samples, chance stays below 0.64 in 99 of 100 cases.
    assert score > 0.7
