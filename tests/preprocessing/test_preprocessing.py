"""Baselines, subjects and slow dynamics: what is removed, and what is kept."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler
from sklearn.utils import get_tags

from sklearn_emotion import (
    BandPower,
    BaselineRemoval,
    LDSSmoother,
    Modalities,
    ModalityFlattener,
    ModalityTransformer,
    SubjectStandardizer,
    explode_windows,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# Baseline


def test_mean_of_the_rests_windows_is_subtracted_from_each_window(rng):
    eeg, rest = rng.standard_normal((4, 5, 2, 3)), rng.standard_normal((4, 6, 2, 3))
    subject = np.arange(4)
    out = BaselineRemoval().fit_transform(
        Modalities(eeg=eeg, baseline=rest, subject=subject)
    )
    assert list(out) == ["eeg", "subject"]
    assert out["eeg"].dtype == np.float32
    np.testing.assert_allclose(out["eeg"], eeg - rest.mean(axis=1)[:, None], atol=1e-6)


def test_template_is_the_mean_of_the_rests_segments_repeated_over_the_trial():
    # Segments (0, 1), (2, 3), (4, 5) of 1 s at 2 Hz have the mean (2, 3); 6 is left.
    rest = np.array([[[0.0, 1, 2, 3, 4, 5, 6]]])
    trial = np.array([[[10.0, 10, 10, 10, 10]]])
    removal = BaselineRemoval(domain="signal", sfreq=2.0, segment=1.0)
    out = removal.fit_transform({"eeg": trial, "baseline": rest})
    np.testing.assert_array_equal(out["eeg"], [[[8, 7, 8, 7, 8]]])


def test_baseline_of_features_works_in_a_pipeline_on_raw_signals(rng):
    X = Modalities(
        eeg=rng.standard_normal((8, 3, 768)), baseline=rng.standard_normal((8, 3, 384))
    )
    power = BandPower(log=True)
    pipe = make_pipeline(
        ModalityTransformer([("eeg", power, "eeg"), ("baseline", power, "baseline")]),
        BaselineRemoval(),
    )
    out = pipe.fit_transform(X)["eeg"]
    louder = Modalities(eeg=10 * X["eeg"], baseline=10 * X["baseline"])
    np.testing.assert_allclose(pipe.transform(louder)["eeg"], out, atol=1e-4)


def test_blocks_of_samples_change_nothing(rng, monkeypatch):
    X = Modalities(eeg=rng.random((7, 3, 8)), baseline=rng.random((7, 2, 8)))
    whole = BaselineRemoval().fit_transform(X)["eeg"]
    monkeypatch.setattr("sklearn_emotion.preprocessing._baseline._BLOCK_BYTES", 1)
    np.testing.assert_array_equal(BaselineRemoval().fit_transform(X)["eeg"], whole)


def test_baseline_names_are_passed_or_made():
    X = Modalities(eeg=np.ones((2, 1, 2)), baseline=np.ones((2, 1, 2)))
    removal = BaselineRemoval()
    with pytest.raises(NotFittedError, match="BaselineRemoval"):
        removal.get_feature_names_out()
    assert list(removal.fit(X).get_feature_names_out()) == ["eeg_0_0", "eeg_0_1"]
    assert list(removal.get_feature_names_out(["a", "b"])) == ["a", "b"]


@pytest.mark.parametrize(
    ("X", "params", "match"),
    [
        ({"eeg": np.ones((2, 3, 4))}, {}, "missing 'baseline'"),
        (np.ones((2, 3, 4)), {}, r"Pass Modalities\(eeg=..., baseline=...\)"),
        (
            {"eeg": np.ones((2, 3, 4)), "baseline": np.ones((2, 3, 5))},
            {},
            r"n_rest_windows, ...\), got \(2, 3, 4\) and \(2, 3, 5\)",
        ),
        (
            {"eeg": np.ones((2, 3, 4)), "baseline": np.ones((2, 1, 4))},
            {"domain": "signal"},
            r"n_rest_times\), got",
        ),
        (
            {"eeg": np.ones((2, 3, 4)), "baseline": np.ones((2, 3, 64))},
            {"domain": "signal"},
            "segment=1.0 s is longer than the sample of 0.5 s",
        ),
    ],
)
def test_baseline_input_that_does_not_fit_is_named(X, params, match):
    with pytest.raises(ValueError, match=match):
        BaselineRemoval(**params).fit(X)


# Subjects


@pytest.fixture
def people(rng):
    """Six people; the class moves each one's features by less than people differ."""
    subject = np.repeat([f"s{i}" for i in range(6)], 20)
    y = np.tile([0, 1], 60)
    level = np.repeat(rng.normal(0, 50, 6), 20)[:, None, None]
    eeg = level + rng.standard_normal((120, 2, 3)) + 3 * y[:, None, None]
    return Modalities(eeg=eeg, subject=subject), y, subject


def test_each_subjects_features_have_mean_zero_and_unit_variance(people):
    X, _, subject = people
    out = SubjectStandardizer().fit_transform(X)
    assert list(out) == ["eeg", "subject"]
    assert out["eeg"].dtype == np.float32
    for s in set(subject):
        np.testing.assert_allclose(out["eeg"][subject == s].mean(0), 0, atol=1e-5)
        np.testing.assert_allclose(out["eeg"][subject == s].std(0), 1, atol=1e-5)


def test_pooled_axes_share_their_mean_and_scale(people):
    X, _, subject = people
    out = SubjectStandardizer(pool_axes=(1,)).fit_transform(X)["eeg"]
    one = X["eeg"][subject == "s2"]
    expected = (one - one.mean((0, 1))) / one.std((0, 1))
    np.testing.assert_allclose(out[subject == "s2"], expected, atol=1e-5)


def test_centring_only_keeps_the_scale(people):
    X, _, subject = people
    out = SubjectStandardizer(with_std=False).fit_transform(X)["eeg"]
    one = X["eeg"][subject == "s0"]
    np.testing.assert_allclose(out[subject == "s0"], one - one.mean(0), atol=1e-5)


def test_modalities_that_are_not_named_pass(people):
    X, _, _ = people
    X["face"] = np.full((120, 2), 7, dtype=np.uint8)
    out = SubjectStandardizer(modalities=["eeg"]).fit_transform(X)
    assert out["face"] is X["face"]
    assert list(out) == ["eeg", "subject", "face"]


def test_subjects_reach_transform_inside_cross_validation(people):
    X, y, subject = people
    plain = make_pipeline(ModalityFlattener(), LogisticRegression())
    standardised = make_pipeline(
        SubjectStandardizer(), ModalityFlattener(), LogisticRegression()
    )
    result = cross_validate(
        standardised,
        X,
        y,
        cv=LeaveOneGroupOut(),
        groups=subject,
        error_score="raise",
    )
    assert result["test_score"].mean() > 0.95
    unaided = cross_validate(plain, X, y, cv=LeaveOneGroupOut(), groups=subject)
    assert unaided["test_score"].mean() < 0.8
    search = GridSearchCV(
        standardised,
        {"subjectstandardizer__with_std": [True, False]},
        cv=LeaveOneGroupOut(),
        n_jobs=2,
    )
    assert search.fit(X, y, groups=subject).best_score_ > 0.95


def test_it_says_that_it_is_transductive():
    standardizer = SubjectStandardizer()
    assert get_tags(standardizer).target_access == "unlabelled"
    assert get_tags(standardizer).requires_fit
    assert repr(standardizer).endswith("# transductive")
    assert "transductive" in SubjectStandardizer.__doc__


def test_a_lone_sample_is_named_and_a_constant_feature_becomes_zero():
    X = Modalities(
        eeg=np.array([[0.1, 1.0], [0.1, 3.0], [5.0, 6.0]]), subject=np.array([1, 1, 2])
    )
    with pytest.warns(UserWarning, match=r"Subjects \['2'\] have one sample"):
        out = SubjectStandardizer().fit_transform(X)["eeg"]
    np.testing.assert_array_equal(out, [[0, -1], [0, 1], [0, 0]])


def test_blocks_of_a_subjects_samples_change_nothing(people, monkeypatch):
    X, _, _ = people
    whole = SubjectStandardizer().fit_transform(X)["eeg"]
    monkeypatch.setattr("sklearn_emotion.preprocessing._subjects.BLOCK_BYTES", 1)
    np.testing.assert_allclose(
        SubjectStandardizer().fit_transform(X)["eeg"], whole, atol=1e-6
    )


def test_names_of_standardised_values_say_modality_and_index(people):
    X, _, _ = people
    names = SubjectStandardizer().fit(X).get_feature_names_out()
    assert list(names) == [f"eeg_{i}_{j}" for i in range(2) for j in range(3)]


@pytest.mark.parametrize(
    ("change", "params", "match"),
    [
        ({"subject": None}, {}, "missing 'subject'"),
        ({}, {"modalities": ["ecg"]}, "missing 'ecg'"),
        ({"subject": np.ones((120, 2))}, {}, "one subject per sample"),
        ({}, {"pool_axes": (3,)}, "axes from 1 to 2"),
    ],
)
def test_bad_entries_are_named(people, change, params, match):
    X = dict(people[0]) | change
    X = {k: v for k, v in X.items() if v is not None}
    with pytest.raises(ValueError, match=match):
        SubjectStandardizer(**params).fit(X)


def test_robust_statistics_are_those_of_scikit_learn(people):
    X, _, subject = people
    X["eeg"][::9] *= 1000
    out = SubjectStandardizer(robust=True).fit_transform(X)["eeg"]
    pooled = SubjectStandardizer(robust=True, pool_axes=(1, 2)).fit_transform(X)["eeg"]
    for s in set(subject):
        mine = subject == s
        values = X["eeg"][mine]
        expected = RobustScaler().fit_transform(values.reshape(len(values), -1))
        np.testing.assert_allclose(
            out[mine].reshape(len(values), -1), expected, rtol=1e-4, atol=1e-5
        )
        expected = RobustScaler().fit_transform(values.reshape(-1, 1)).ravel()
        np.testing.assert_allclose(pooled[mine].ravel(), expected, rtol=1e-4, atol=1e-5)


def test_a_robust_scale_of_zero_gives_zeros():
    X = Modalities(eeg=np.array([[1.0]] * 6 + [[9.0]]), subject=np.zeros(7))
    out = SubjectStandardizer(robust=True).fit_transform(X)["eeg"]
    np.testing.assert_array_equal(out, 0)


def test_each_modality_is_standardized_by_its_own_baseline(rng):
    """Windows of the baseline are pooled, since there are fewer than in the trial."""
    X = Modalities(
        eeg=rng.normal(size=(8, 5, 2)),
        gsr=rng.normal(9, 4, size=(8, 3)),
        baseline=rng.normal(3, 2, size=(8, 4, 2)),
        baseline_gsr=rng.normal(8, 2, size=(8, 3)),
        subject=np.arange(8) // 4,
    )
    only = SubjectStandardizer(reference="baseline", modalities=["gsr"])
    out = only.fit_transform(X)
    assert list(out) == ["eeg", "gsr", "baseline", "subject"]
    rest = X["baseline_gsr"][4:]
    expected = (X["gsr"][4:] - rest.mean(0)) / rest.std(0)
    np.testing.assert_allclose(out["gsr"][4:], expected, rtol=1e-5)
    pooled = SubjectStandardizer(
        reference="baseline", modalities=["eeg"], pool_axes=(1,)
    )
    rest = X["baseline"][4:]
    expected = (X["eeg"][4:] - rest.mean((0, 1))) / rest.std((0, 1))
    np.testing.assert_allclose(pooled.fit_transform(X)["eeg"][4:], expected, rtol=1e-5)
    both = SubjectStandardizer(reference="baseline").set_params(pool_axes=(1,))
    assert both.fit(X).modalities_ == ["eeg", "gsr"]
    with pytest.raises(ValueError, match="in pool_axes"):
        SubjectStandardizer(reference="baseline").fit(X)
    del X["baseline_gsr"]
    with pytest.raises(ValueError, match="missing 'baseline_gsr'"):
        both.fit(X)


# Linear dynamical system


def dense_smoother(x, q, r, v0):
    """Posterior mean of the state, from the joint Gaussian of states and data."""
    n = len(x)
    steps = np.minimum.outer(np.arange(n), np.arange(n))
    prior = v0 + q * steps  # covariance of the random walk
    gain = prior @ np.linalg.inv(prior + r * np.eye(n))
    return x.mean() + gain @ (x - x.mean())


@pytest.mark.parametrize(
    ("q", "r", "v0"), [(1e-4, 1.0, 0.01), (0.5, 0.2, 3.0), (2.0, 1e-3, 1.0)]
)
def test_smoother_is_the_posterior_mean_of_the_joint_gaussian(rng, q, r, v0):
    X = rng.standard_normal((2, 30, 3)).cumsum(axis=1)
    smoother = LDSSmoother(process_noise=q, observation_noise=r, initial_noise=v0)
    out = smoother.fit_transform(X)
    assert out.dtype == np.float32
    for i, f in np.ndindex(2, 3):
        expected = dense_smoother(X[i, :, f], q, r, v0)
        np.testing.assert_allclose(out[i, :, f], expected, atol=1e-4)


def test_three_windows_by_hand():
    # q = r = v0 = 1 and x = (0, 0, 3), which has the mean 1. Forwards the gains are
    # 1/2, 3/5 and 8/13, the variances the same, the states of (-1, -1, 2) then -1/2,
    # -4/5 and 12/13. Backwards a state moves towards the next by 3/8, then 1/3.
    last = 12 / 13
    second = -4 / 5 + 3 / 8 * (last + 4 / 5)
    first = -1 / 2 + 1 / 3 * (second + 1 / 2)
    smoother = LDSSmoother(process_noise=1.0, initial_noise=1.0)
    out = smoother.fit_transform(np.array([[[0.0], [0.0], [3.0]]])).ravel()
    np.testing.assert_allclose(out, [1 + first, 1 + second, 1 + last], atol=1e-6)


@pytest.mark.parametrize("estimate", ["fixed", "em"])
def test_smoothing_commutes_with_scale_and_shift_and_keeps_constants(rng, estimate):
    X = rng.standard_normal((2, 40, 2, 3))
    smoother = LDSSmoother(estimate=estimate)
    out = smoother.fit_transform(X)
    np.testing.assert_allclose(smoother.transform(7 * X + 5), 7 * out + 5, atol=1e-4)
    constant = np.full((1, 10, 2), 3.7, dtype=np.float32)
    np.testing.assert_allclose(smoother.fit_transform(constant), constant, rtol=1e-6)


@pytest.mark.parametrize("estimate", ["fixed", "em"])
def test_each_feature_of_each_trial_is_smoothed_by_itself(rng, estimate, monkeypatch):
    X = rng.standard_normal((5, 20, 4)).cumsum(axis=1)
    out = LDSSmoother(estimate=estimate).fit_transform(X)
    alone = LDSSmoother(estimate=estimate).fit_transform(X[3:4, :, 2:3])
    np.testing.assert_allclose(alone[0, :, 0], out[3, :, 2], atol=1e-6)
    threaded = LDSSmoother(estimate=estimate, n_jobs=2).fit_transform(X)
    np.testing.assert_array_equal(threaded, out)
    monkeypatch.setattr("sklearn_emotion.preprocessing._signals._BLOCK_BYTES", 1)
    np.testing.assert_array_equal(LDSSmoother(estimate=estimate).fit_transform(X), out)


def test_em_finds_out_how_fast_a_feature_moves(rng):
    # White noise has no state to follow, a random walk is all state.
    noise = rng.standard_normal((1, 400, 1))
    walk = noise.cumsum(axis=1)
    smoother = LDSSmoother(estimate="em", max_iter=50)
    assert smoother.fit_transform(noise).std() < 0.3 * noise.std()
    residual = smoother.fit_transform(walk) - walk
    assert residual.std() < 0.1 * walk.std()


def test_em_raises_the_likelihood_above_that_of_its_start(rng):
    state = 0.3 * rng.standard_normal(200).cumsum()
    X = (state + rng.standard_normal(200)).reshape(1, 200, 1)

    def error(**params):
        out = LDSSmoother(**params).fit_transform(X).ravel()
        return np.mean((out - state) ** 2)

    assert error(estimate="em", max_iter=40) < 0.8 * error()
    assert error(estimate="em", max_iter=40) < 0.5 * np.mean((X.ravel() - state) ** 2)


def test_smoothed_trials_explode_into_samples(rng):
    features = rng.standard_normal((2, 120, 4, 3))
    smooth = LDSSmoother().fit_transform(features)
    metadata = pd.DataFrame({"trial": [0, 1]})
    samples, metadata = explode_windows(smooth, metadata, window=2.0, rate=2.0)
    assert samples.shape == (60, 4, 4, 3)
    assert metadata["onset"].max() == 58.0


def test_smoother_names_are_passed_or_made_and_a_table_is_refused():
    smoother = LDSSmoother()
    with pytest.raises(NotFittedError, match="LDSSmoother"):
        smoother.get_feature_names_out()
    smoother.fit(np.ones((2, 2, 1)))
    assert list(smoother.get_feature_names_out()) == ["w0_0", "w1_0"]
    assert list(smoother.get_feature_names_out(["a", "b"])) == ["a", "b"]
    with pytest.raises(ValueError, match=r"\(n_samples, n_windows, ...\)"):
        LDSSmoother().fit(np.ones((2, 3)))
    with pytest.raises(ValueError, match="X has 2 channels, but LDSSmoother"):
        smoother.transform(np.ones((2, 2, 2)))


def test_one_window_is_its_own_mean():
    X = np.array([[[3.0, -1.0]]])
    for estimate in ("fixed", "em"):
        np.testing.assert_allclose(LDSSmoother(estimate=estimate).fit_transform(X), X)
