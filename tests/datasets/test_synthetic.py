"""make_emotion plants what it says, where it says, and nothing else."""

import _features
import numpy as np
import pytest
from _features import peaks
from scipy.signal import welch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.montage import MONTAGES

ALL = ("eeg", "ecg", "gsr", "resp", "face", "openface")
BY_VALENCE = ("alpha_asymmetry", "gamma", "lip_corner_puller")
BY_AROUSAL = ("power", "connectivity", "heart_rate", "skin_conductance", "respiration")
SMALL = {"n_subjects": 2, "n_trials": 2, "duration": 4.0, "window": 2.0}


def unseen_subjects(dataset, feature, rating="valence"):
    """Balanced accuracy of a logistic regression on one feature."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    scores = cross_val_score(
        model,
        feature.reshape(len(feature), -1),
        dataset.target(rating),
        groups=dataset.groups("subject"),
        cv=GroupKFold(10),
        scoring="balanced_accuracy",
    )
    return scores.mean()


def all_log_powers(dataset):
    f, power = welch(dataset.data["eeg"], 128, nperseg=256)
    bands = ((4, 7), (8, 13), (14, 30), (31, 45))
    inside = [(f >= low) & (f < high) for low, high in bands]
    return np.hstack([np.log(power[..., mask].mean(axis=-1)) for mask in inside])


@pytest.fixture(scope="module")
def medium():
    """Effects of medium size, some on valence and the others on arousal."""
    effect = {"alpha_asymmetry": "medium", "gamma": "medium", "smile": "medium"}
    effect |= {name: {"rating": "arousal"} for name in BY_AROUSAL}
    return make_emotion(
        24,
        40,
        ("eeg", "ecg", "gsr", "resp", "openface"),
        effect,
        duration=10.0,
        random_state=0,
    )


@pytest.fixture(scope="module")
def nothing():
    return make_emotion(effect="none", random_state=0)


@pytest.mark.parametrize("name", [*BY_VALENCE, *BY_AROUSAL])
def test_a_medium_effect_is_085_in_its_feature_and_chance_for_the_other_rating(
    medium, name
):
    own, other = ("valence", "arousal")[:: 1 if name in BY_VALENCE else -1]
    feature = getattr(_features, name)(medium)
    assert unseen_subjects(medium, feature, own) == pytest.approx(0.85, abs=0.02)
    assert unseen_subjects(medium, feature, other) == pytest.approx(0.50, abs=0.05)


def test_a_medium_smile_is_085_in_the_drawn_frames():
    dataset = make_emotion(20, 20, ("face",), duration=4.0, window=None, random_state=0)
    score = unseen_subjects(dataset, _features.smile(dataset))
    assert score == pytest.approx(0.85, abs=0.02)


@pytest.mark.parametrize(
    ("size", "expected"),
    [("none", 0.50), ("small", 0.70), ("large", 0.95), (-2.0729, 0.85)],
)
def test_other_sizes(size, expected):
    dataset = make_emotion(
        24, 40, ("ecg",), {"heart_rate": size}, duration=10.0, random_state=1
    )
    rate = _features.heart_rate(dataset)
    tolerance = 0.05 if size == "none" else 0.02
    assert unseen_subjects(dataset, rate) == pytest.approx(expected, abs=tolerance)
    high = dataset.target("valence") == 1
    if size == -2.0729:
        assert rate[high].mean() < rate[~high].mean()


def test_without_an_effect_cut_trials_leak_and_unseen_subjects_do_not(nothing):
    X, y = all_log_powers(nothing), nothing.target("valence")
    model = make_pipeline(StandardScaler(), SVC(C=10))
    segments = StratifiedKFold(5, shuffle=True, random_state=0)
    options = {"scoring": "balanced_accuracy"}
    assert cross_val_score(model, X, y, cv=segments, **options).mean() > 0.9
    for level in ("trial", "subject"):
        groups = nothing.groups(level)
        scores = cross_val_score(
            model, X, y, groups=groups, cv=GroupKFold(6), **options
        )
        assert scores.mean() == pytest.approx(0.5, abs=0.08)


def test_without_variation_over_trials_cut_trials_do_not_leak():
    dataset = make_emotion(6, effect="none", trial_variation=0.0, random_state=0)
    X, y = all_log_powers(dataset), dataset.target("valence")
    model = make_pipeline(StandardScaler(), SVC(C=10))
    segments = StratifiedKFold(5, shuffle=True, random_state=0)
    assert cross_val_score(model, X, y, cv=segments).mean() < 0.62


def test_a_mark_of_the_stimulus_leaks_through_unseen_subjects():
    dataset = make_emotion(
        12, 12, effect="none", duration=10.0, stimulus_variation=1.0, random_state=0
    )
    X = all_log_powers(dataset)
    assert unseen_subjects(dataset, X) > 0.7


def test_connectivity_changes_couplings_and_no_power():
    options = {"n_subjects": 4, "n_trials": 10, "duration": 60.0, "window": None}
    off = make_emotion(effect="none", random_state=0, drift=0.0, **options)
    on = make_emotion(
        effect={"connectivity": 6.0}, random_state=0, drift=0.0, **options
    )
    high = on.target("valence") == 1
    change = _features.connectivity(on) - _features.connectivity(off)
    assert change[high].min() > 0.1
    assert change[~high].max() < -0.1
    for names, band in ((["F3", "P3"], (8, 13)), (["Fz", "P4"], (4, 45))):
        ratio = _features.log_power(on, names, *band)
        ratio -= _features.log_power(off, names, *band)
        assert abs(ratio[high].mean() - ratio[~high].mean()) < 0.04
    names = on.ch_names["eeg"]
    apart = [names.index(name) for name in ("Cz", "T7", "C4", "Oz")]
    np.testing.assert_array_equal(on.data["eeg"][:, apart], off.data["eeg"][:, apart])


@pytest.mark.parametrize(
    ("effect", "inside", "pattern"),
    [
        ("alpha_asymmetry", (8.5, 12.5), {"F3": -0.5, "F4": 0.5, "Fz": 0, "P4": 0}),
        ("gamma", (31, 45), {"T7": 1, "FC6": 1, "Cz": 0, "F7": 0}),
        ("power", (15, 28), {"Oz": 1, "O2": 1, "PO4": 0, "T7": 0}),
    ],
)
def test_power_changes_in_one_band_of_one_region(effect, inside, pattern):
    options = {"n_subjects": 2, "n_trials": 4, "window": None, "random_state": 0}
    # `power` needs a tiny effect in place of none, to have the same noise.
    off = make_emotion(effect={effect: 1e-9}, **options)
    on = make_emotion(effect={effect: 2.0}, **options)
    sign = 2 * on.target("valence") - 1
    reference = next(name for name, weight in pattern.items() if weight > 0)
    f, power_on = welch(on.data["eeg"], 128, nperseg=512)
    _, power_off = welch(off.data["eeg"], 128, nperseg=512)
    ratio = np.log(power_on / power_off)
    names = on.ch_names["eeg"]
    within = (f >= inside[0]) & (f < inside[1])
    above = f > (64 if effect == "gamma" else inside[1] + 4)
    beyond = (f > 1) & ((f < inside[0] - 3) | above)
    shift = ratio[:, names.index(reference)][:, within].mean(axis=1)
    shift = shift / pattern[reference]
    assert np.all((shift * sign)[np.abs(shift) > 0.2] > 0)
    for name, weight in pattern.items():
        change = ratio[:, names.index(name)]
        np.testing.assert_allclose(
            change[:, within].mean(axis=1), weight * shift, atol=0.03
        )
        np.testing.assert_allclose(change[:, beyond], 0, atol=0.05)


@pytest.mark.parametrize("ch_names", ["biosemi32", "emotiv14", "eegmat19"])
def test_the_asymmetry_finds_its_channels_in_any_order(ch_names):
    names = list(MONTAGES[ch_names])
    options = {"ch_names": ch_names, "window": None, "random_state": 0, "drift": 0.0}
    on = make_emotion(2, 20, effect={"alpha_asymmetry": 5.0}, **options)
    assert on.ch_names["eeg"] == names
    y = on.target("valence") == 1
    f, power = welch(on.data["eeg"], 128, nperseg=256)
    alpha = np.log(power[..., (f >= 8) & (f < 13)].mean(axis=-1))
    difference = alpha[y].mean(axis=0) - alpha[~y].mean(axis=0)
    front = [name for name in names if name[0] in "FA" and name[:2] not in ("FC",)]
    for name, value in zip(names, difference):
        if name in front and name[-1] != "z":
            assert np.sign(value) == (1 if int(name[-1]) % 2 == 0 else -1)
            assert abs(value) > 0.8
        else:
            assert abs(value) < 0.5


def test_a_span_carries_all_of_its_effects():
    names = ("alpha_asymmetry", "gamma", "connectivity", "heart_rate")
    dataset = make_emotion(
        10,
        20,
        ("eeg", "ecg"),
        {name: {"size": "large", "span": (10, 20)} for name in names},
        random_state=0,
    )
    for window in range(3):
        part = dataset.select(dataset.metadata["window"] == window)
        for name in names:
            score = unseen_subjects(part, getattr(_features, name)(part))
            expected, tolerance = (0.94, 0.05) if window == 1 else (0.5, 0.11)
            assert score == pytest.approx(expected, abs=tolerance)


def test_correlated_effects_share_their_deviations():
    options = {"modalities": ("ecg", "gsr"), "duration": 10.0, "random_state": 0}
    spread = {"subject_variation": 0.0}
    for correlation, low, high in ((0.0, -0.15, 0.15), (0.9, 0.75, 1.0)):
        dataset = make_emotion(10, 20, correlation=correlation, **options, **spread)
        features = np.stack(
            [_features.heart_rate(dataset), _features.skin_conductance(dataset)]
        )
        for label in (0, 1):
            r = np.corrcoef(features[:, dataset.target("valence") == label])[0, 1]
            assert low < r < high


def test_metadata_are_those_of_an_experiment():
    metadata = make_emotion(5, 12, ("gsr",), duration=20.0, random_state=0).metadata
    assert metadata.groupby("trial")["subject"].nunique().eq(1).all()
    assert metadata["window"].tolist() == [0, 1] * 60
    assert metadata["onset"].tolist() == [0.0, 10.0] * 60
    trials = metadata[metadata["window"] == 0]
    assert trials["trial"].tolist() == list(range(60))
    for _, own in trials.groupby("subject"):
        assert sorted(own["stimulus"]) == list(range(12))
        for rating in ("valence", "arousal"):
            assert (own[rating] > 5).sum() == 6
    assert trials.groupby("subject")["stimulus"].first().nunique() > 1
    agreement = trials.groupby("stimulus")["valence"].agg(lambda r: (r > 5).mean())
    assert 0.7 < np.maximum(agreement, 1 - agreement).mean() < 1
    for rating in ("valence", "arousal"):
        assert metadata[rating].between(1, 9).all()
        assert not metadata[rating].between(4.5, 5.5, inclusive="neither").any()
        assert metadata.groupby("trial")[rating].nunique().eq(1).all()


def test_shapes_units_and_names():
    dataset = make_emotion(
        modalities=ALL, face_size=48, ecg_sfreq=250.0, random_state=0, **SMALL
    )
    assert {name: array.shape for name, array in dataset.data.items()} == {
        "eeg": (8, 32, 256),
        "ecg": (8, 1, 500),
        "gsr": (8, 1, 256),
        "resp": (8, 1, 256),
        "face": (8, 10, 3, 48, 48),
        "openface": (8, 10, 29),
    }
    assert {array.dtype for array in dataset.data.values()} == {np.dtype(np.float32)}
    assert all(np.isfinite(array).all() for array in dataset.data.values())
    assert dataset.sfreq["ecg"] == 250.0
    assert dataset.sfreq["face"] == dataset.sfreq["openface"] == 5.0
    assert dataset.units["eeg"] == "µV"
    assert dataset.units["ecg"] == "mV"
    assert dataset.ch_names["eeg"] == list(MONTAGES["deap32"])
    assert dataset.ch_names["face"] == ["red", "green", "blue"]
    assert len(dataset.ch_names["openface"]) == 29
    assert "make_emotion" in dataset.DESCR


def test_windows_are_cut_from_one_trial():
    none = make_emotion(
        modalities=ALL, effect="none", random_state=0, **{**SMALL, "window": None}
    )
    windows = make_emotion(modalities=ALL, effect="none", random_state=0, **SMALL)
    for name in ("eeg", "ecg", "gsr", "resp"):
        joined = np.concatenate(list(windows.data[name][:2]), axis=-1)
        np.testing.assert_array_equal(joined, none.data[name][0])
    joined = np.concatenate(list(windows.data["face"][:2]), axis=0)
    np.testing.assert_array_equal(joined, none.data["face"][0])


def test_eeg_looks_like_eeg(nothing):
    eeg = nothing.data["eeg"]
    assert 6 < np.median(eeg.std(axis=-1)) < 25
    f, power = welch(eeg, 128, nperseg=512)
    power = np.log(power).mean(axis=0)
    names = nothing.ch_names["eeg"]
    at = {hertz: power[:, np.argmin(abs(f - hertz))] for hertz in (3, 6, 10, 20, 40)}
    assert np.all(at[3] > at[20])
    assert np.all(at[20] > at[40])
    occipital = names.index("Oz")
    assert at[10][occipital] > at[6][occipital]
    assert at[10][occipital] > at[10][names.index("AF3")]
    correlation = np.mean([np.corrcoef(trial) for trial in eeg], axis=0)
    near = correlation[names.index("C3"), names.index("CP5")]
    far = correlation[names.index("T7"), names.index("T8")]
    assert near > 0.5
    assert abs(far) < 0.1


def test_ecg_has_its_waves_at_their_times():
    dataset = make_emotion(
        6, 4, ("ecg",), "none", duration=30.0, window=None, random_state=0
    )
    sfreq = dataset.sfreq["ecg"]
    rate = _features.heart_rate(dataset)
    assert 65 < rate.mean() < 79
    assert 3 < rate.std() < 9
    beats = []
    for ecg in dataset.data["ecg"][:, 0]:
        for peak in peaks(ecg, sfreq)[2:-2]:
            beats.append(ecg[peak - 80 : peak + 100])
    beat = np.mean(beats, axis=0)
    assert 0.7 < beat[80] < 1.4
    time = (np.arange(180) - 80) / sfreq
    p = np.flatnonzero((time > -0.25) & (time < -0.08))
    t = np.flatnonzero((time > 0.12) & (time < 0.38))
    assert -0.18 < time[p[beat[p].argmax()]] < -0.12
    assert 0.20 < time[t[beat[t].argmax()]] < 0.28
    assert 0.05 < beat[p].max() < 0.25
    assert 0.15 < beat[t].max() < 0.45
    assert beat[(time > 0.02) & (time < 0.05)].min() < -0.05


def test_faces_differ_by_subject_and_stay_in_the_picture():
    dataset = make_emotion(
        5, 6, ("face",), "none", duration=2.0, window=None, random_state=0
    )
    frames = dataset.data["face"]
    assert frames.min() >= 0
    assert frames.max() <= 1
    colour = frames.mean(axis=(1, 3, 4))
    subject = dataset.groups("subject")
    own = np.array([colour[subject == s].mean(axis=0) for s in range(5)])
    distance = np.linalg.norm(colour[:, np.newaxis] - own, axis=-1)
    assert np.mean(distance.argmin(axis=1) == subject) > 0.7


def test_lifted_corners_are_seen_as_lifted():
    dataset = make_emotion(
        4, 8, ("face", "openface"), duration=4.0, window=None, random_state=0
    )
    seen = _features.smile(dataset)
    true = _features.lip_corner_puller(dataset)
    assert np.corrcoef(seen, true)[0, 1] > 0.97


def test_the_same_seed_gives_the_same_data_however_it_is_made():
    options = {"effect": "none", **SMALL}
    first = make_emotion(modalities=ALL, random_state=0, **options)
    state = np.random.RandomState(0)
    again = make_emotion(modalities=ALL[::-1], n_jobs=2, random_state=state, **options)
    other = make_emotion(modalities=ALL, random_state=1, **options)
    assert list(again.data) == list(ALL[::-1])
    assert first.metadata.equals(again.metadata)
    for name in ALL:
        np.testing.assert_array_equal(first.data[name], again.data[name])
        assert not np.array_equal(first.data[name], other.data[name])
    alone = make_emotion(modalities="ecg", random_state=0, **options)
    np.testing.assert_array_equal(alone.data["ecg"], first.data["ecg"])


def test_without_a_seed_each_call_differs_and_the_global_generator_is_unused():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (make_emotion(modalities="gsr", **SMALL) for _ in range(2))
    assert not np.array_equal(first.data["gsr"], second.data["gsr"])
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_all_variation_can_be_turned_off():
    dataset = make_emotion(
        modalities=ALL,
        subject_variation=0.0,
        trial_variation=0.0,
        drift=0.0,
        random_state=0,
        **SMALL,
    )
    assert all(np.isfinite(array).all() for array in dataset.data.values())


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"modalities": ("eeg", "emg")}, r"modalities must be .*'emg'"),
        ({"modalities": ()}, r"modalities must be"),
        ({"effect": "huge"}, r"size of effect 'alpha_asymmetry' .*'large'.*'huge'"),
        ({"effect": {"smile": "medium"}}, r"'smile' shows in 'face' or 'openface'"),
        ({"effect": {"frown": "medium"}}, r"Unknown effect 'frown'.*'smile'"),
        ({"effect": {"gamma": np.inf}}, r"size of effect 'gamma' .* finite.*inf"),
        ({"effect": {"gamma": {"band": "beta"}}}, r"takes .*'region'.*not \['band'\]"),
        ({"effect": {"power": {"band": "mu"}}}, r"band must be .*'alpha'.*'mu'"),
        ({"effect": {"power": {"region": "left"}}}, r"region must be .*'left'"),
        ({"effect": {"gamma": {"span": (2, 9)}}}, r"span must satisfy .* 4 s .*\(2, 9"),
        ({"effect": {"gamma": {"span": 2}}}, r"span must be a pair of times"),
        ({"effect": {"gamma": {"rating": "joy"}}}, r"rating must be .*'joy'"),
        ({"n_trials": 1}, r"n_trials must be a whole number of at least 2, got 1"),
        ({"n_subjects": 2.5}, r"n_subjects must be a whole number"),
        ({"correlation": 1.5}, r"correlation must be a number from 0 to 1, got 1.5"),
        ({"drift": -1.0}, r"drift must be a number of at least 0"),
        ({"window": 0.3}, r"window of 'eeg'=0.3 s is 38.4 samples"),
        ({"window": 5.0}, r"window=5.0 s is longer than the 4 s"),
        ({"ch_names": "deap64"}, r"Unknown montage 'deap64'"),
        ({"ch_names": ["Cz", "ECG"]}, r"No cell .*\['ECG'\]"),
        ({"ch_names": ["F3", "Cz"]}, r"asymmetry needs frontal channels on both"),
        (
            {"ch_names": ["F3", "F4"], "effect": {"connectivity": 1.0}},
            r"None of the channels \['F3', 'F4'\] is parietal",
        ),
    ],
)
def test_bad_parameters_are_named(options, match):
    with pytest.raises(ValueError, match=match):
        make_emotion(**{**SMALL, **options})
