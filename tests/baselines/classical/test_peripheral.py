"""Recipes on peripheral signals find planted effects in people they have not seen."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB

from sklearn_emotion import (
    Modalities,
    ModalityVoting,
    make_koelstra_svm,
    make_peripheral,
)
from sklearn_emotion.baselines.classical._peripheral import FEATURES, KINDS
from sklearn_emotion.datasets import _amigos, _deap, _mahnob_hci, make_emotion

STYLES = ("deap", "mahnob-hci", "wesad")
SIGNALS = ("gsr", "ecg", "resp")


def generate(effect):
    return make_emotion(
        n_subjects=6,
        n_trials=12,
        modalities=SIGNALS,
        effect=effect,
        duration=30.0,
        window=30.0,
        random_state=0,
    )


@pytest.fixture(scope="module")
def planted():
    return generate({"heart_rate": 3.0, "skin_conductance": 3.0})


@pytest.fixture(scope="module")
def nothing():
    return generate("none")


def score(dataset, clf):
    y, subject = dataset.target("valence"), dataset.groups("subject")
    scores = cross_val_score(
        clf, dataset.data, y, groups=subject, cv=GroupKFold(3), error_score="raise"
    )
    return scores.mean()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.filterwarnings("ignore:HRVFeatures|.*samples have NaN:UserWarning")
def test_an_effect_on_heart_rate_and_skin_conductance_is_found(planted, style):
    assert score(planted, make_peripheral(planted.sfreq, style=style)) >= 0.8


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.filterwarnings("ignore:HRVFeatures|.*samples have NaN:UserWarning")
def test_nothing_is_found_where_nothing_is(nothing, style):
    # Three standard deviations of the mean of 72 coin tosses.
    found = score(nothing, make_peripheral(nothing.sfreq, style=style))
    assert abs(found - 0.5) <= 3 * 0.5 / np.sqrt(72)


@pytest.mark.parametrize("signal", ["gsr", "ecg"])
def test_each_of_the_two_signals_shows_the_effect_alone(planted, signal):
    clf = make_peripheral({signal: planted.sfreq[signal]})
    assert score(planted, clf) >= 0.8
    other = make_peripheral({"resp": planted.sfreq["resp"]})
    assert abs(score(planted, other) - 0.5) <= 3 * 0.5 / np.sqrt(72)


def test_the_recipes_name_the_signals_of_the_loaders():
    for module in (_deap, _mahnob_hci, _amigos):
        named = set(module.CH_NAMES) & set(KINDS)
        left = set(module.CH_NAMES) - named
        assert left <= {"eeg", "peripheral", "bio", "face", "landmarks", "openface"}
    for features in FEATURES.values():
        assert set(features) == set(KINDS.values())


def recordings(n=16, seconds=30, seed=0, faster=0.0, lower=0.0):
    """Noise and slow waves in the channels of DEAP's files, at 128 Hz.

    `faster` is added to the rate of the pulse in Hz, and `lower` subtracted from the
    logarithm of the skin resistance, of every second sample.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(128 * seconds) / 128
    noise = rng.normal
    high = (np.arange(n) % 2)[:, None, None]
    phase = (t * (rng.uniform(1.0, 1.5, (n, 1, 1)) + faster * high)) % 1
    level = 2e5 * np.exp(0.2 * rng.standard_normal((n, 1, 1)) - lower * high)
    pulse = (phase / 0.2) ** 2 * np.exp(2 - 2 * phase / 0.2)
    breath = np.sin(2 * np.pi * 0.25 * t + rng.uniform(0, 6, (n, 1, 1)))
    return Modalities(
        gsr=level + 1e3 * noise(size=(n, 1, len(t))).cumsum(axis=2),
        plethysmograph=pulse + 0.01 * noise(size=pulse.shape),
        respiration=100 * breath + noise(size=(n, 1, len(t))),
        temperature=33 + 0.001 * noise(size=(n, 1, len(t))).cumsum(axis=2),
        emg=noise(size=(n, 2, len(t))),
        eog=10 * noise(size=(n, 2, len(t))),
        hr=70 + noise(size=(n, 1, len(t))),
    )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_signals_in_the_shape_of_deap_give_finite_features(style):
    X, y = recordings(), np.arange(16) % 2
    X["gsr"] = X["gsr"] if style != "wesad" else X["gsr"] / 1e5
    clf = make_peripheral(dict.fromkeys(X, 128.0), style=style).fit(X, y)
    assert np.isfinite(clf[:5].transform(X)).all()
    assert clf.predict(recordings(4, seed=1)).shape == (4,)
    names = clf[:2].get_feature_names_out()
    assert len(names) == len(set(names)) == clf["impute"].n_features_in_


@pytest.mark.parametrize(("faster", "lower"), [(0.5, 0.6), (0.0, 0.0)])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_effects_in_the_shape_of_deap_are_found(faster, lower):
    X, y = recordings(60, faster=faster, lower=lower), np.arange(60) % 2
    clf = make_peripheral(dict.fromkeys(X, 128.0)).fit(X[:30], y[:30])
    accuracy = clf.score(X[30:], y[30:])
    if faster:
        assert accuracy >= 0.8
    else:
        # Three standard deviations of the mean of 30 coin tosses.
        assert abs(accuracy - 0.5) <= 3 * 0.5 / np.sqrt(30)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_missing_measures_are_imputed_from_the_training_samples(planted):
    X, y = planted.data, planted.target("valence")
    clf = make_peripheral(planted.sfreq).fit(X[:48], y[:48])
    flat = Modalities(**{k: x[48:50].copy() for k, x in X.items()})
    flat["ecg"][:] = 0.0
    assert np.isnan(clf[:2].transform(flat)).any()
    filled = clf[:3].transform(flat)
    missing = np.isnan(clf[:2].transform(flat))
    seen = clf[:2].transform(X[:48])
    never = np.isnan(seen).all(axis=0)
    # A measure that is never defined becomes 0, and is dropped as a constant.
    medians = np.nanmedian(np.where(never, 0.0, seen), axis=0)
    np.testing.assert_allclose(
        filled[missing], np.broadcast_to(medians, filled.shape)[missing], rtol=1e-6
    )


def test_the_grid_and_the_classifier_can_be_chosen():
    clf = make_peripheral({"gsr": 4.0})
    assert list(clf.param_grid()) == ["select__threshold", "classifier__var_smoothing"]
    svm = make_peripheral({"gsr": 4.0}, style="mahnob-hci")
    assert list(svm.param_grid()) == [
        "select__percentile",
        "classifier__C",
        "classifier__gamma",
    ]
    own = make_peripheral({"gsr": 4.0}, classifier=LogisticRegression())
    assert list(own.param_grid()) == ["select__threshold", "classifier__C"]
    assert "select" not in make_peripheral({"gsr": 4.0}, style="wesad").named_steps


def test_what_is_no_peripheral_signal_is_named():
    with pytest.raises(ValueError, match=r"must name peripheral signals.*\['eeg'\]"):
        make_peripheral({"eeg": 128.0})
    with pytest.raises(ValueError, match="must name peripheral signals"):
        make_peripheral({})
    with pytest.raises(ValueError, match="style must be one of"):
        make_peripheral({"gsr": 4.0}, style="amigos")


def test_deap_has_216_features_of_the_eeg():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 32, 512)), np.arange(40) % 2
    # Alpha power on the left: the powers of one side and all its differences change.
    alpha = np.sin(2 * np.pi * 11 * np.arange(512) / 128)
    X[y == 1, :14] += 0.5 * alpha
    clf = make_koelstra_svm().fit(X[:30], y[:30])
    assert clf["scale"].n_features_in_ == 216
    assert clf.score(X[30:], y[30:]) == 1.0
    alpha = clf["select"].scores_[2 * 32 : 3 * 32]
    assert alpha[:14].min() > 5 * np.median(clf["select"].scores_)
    # Theta, alpha, beta and gamma of 14 pairs: only alpha differs between the sides.
    differences = clf["select"].scores_[160:].reshape(4, 14)
    assert (differences.argmax(axis=0) == 1).all()
    assert make_koelstra_svm(probability=True).fit(X, y).predict_proba(X).shape == (
        40,
        2,
    )


def test_eeg_and_signals_vote(planted):
    rng = np.random.default_rng(0)
    y, subject = planted.target("valence"), planted.groups("subject")
    eeg = rng.normal(size=(len(y), 4, 512)).astype(np.float32)
    data = Modalities(eeg=eeg, **planted.data)
    names = ["F3", "F4", "O1", "O2"]
    vote = ModalityVoting(
        [
            (
                "eeg",
                make_koelstra_svm(ch_names=names).set_params(svm=GaussianNB()),
                "eeg",
            ),
            ("body", make_peripheral(planted.sfreq), SIGNALS),
        ]
    )
    test = np.isin(subject, np.unique(subject)[-2:])
    vote.fit(data[~test], y[~test], subject[~test])
    # The EEG is noise: its weight is small, and the other part decides.
    assert vote.weights_[1] > 0.7
    body = vote.estimators_[1].predict(data[test])
    assert (vote.predict(data[test]) == body).mean() > 0.9
