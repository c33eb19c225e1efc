"""Euclidean alignment against its definition."""

import numpy as np
import pytest
from scipy.linalg import inv, sqrtm
from sklearn.covariance import ledoit_wolf, oas

from sklearn_emotion import EuclideanAlignment, Modalities

N, C, T = 24, 5, 200


@pytest.fixture
def data():
    """Signals of two people whose channels are mixed in different ways."""
    rng = np.random.default_rng(0)
    subject = np.arange(N) % 2
    mixing = rng.standard_normal((2, C, C))
    eeg = mixing[subject] @ rng.standard_normal((N, C, T)) + rng.normal(size=(N, C, 1))
    return Modalities(eeg=eeg, subject=subject)


def sample_covariance(x):
    return np.cov(x, bias=True)


ESTIMATES = {
    "scm": sample_covariance,
    "oas": lambda x: oas(x.T)[0],
    "lwf": lambda x: ledoit_wolf(x.T)[0],
}


def mean_covariance(signals, estimate=sample_covariance):
    return np.mean([estimate(x.astype(float)) for x in signals], axis=0)


@pytest.mark.parametrize("estimator", ESTIMATES)
def test_signals_are_multiplied_by_the_inverse_root_of_the_mean(data, estimator):
    out = EuclideanAlignment(estimator=estimator).fit_transform(data)["eeg"]
    assert out.dtype == np.float32
    for person in (0, 1):
        mine = data["subject"] == person
        mean = mean_covariance(data["eeg"][mine], ESTIMATES[estimator])
        expected = inv(sqrtm(mean)) @ data["eeg"][mine]
        np.testing.assert_allclose(out[mine], expected, rtol=1e-5, atol=1e-5)


def test_the_mean_sample_covariance_of_each_person_becomes_the_identity(data):
    out = EuclideanAlignment(estimator="scm").fit_transform(data)["eeg"]
    for person in (0, 1):
        covariance = mean_covariance(out[data["subject"] == person])
        np.testing.assert_allclose(covariance, np.eye(C), atol=1e-6)
    assert abs(mean_covariance(out[:3]) - np.eye(C)).max() > 1e-2


@pytest.mark.parametrize("estimator", ["oas", "lwf"])
def test_with_shrinkage_the_mean_of_the_shrunk_covariances_becomes_it(data, estimator):
    """The matrix is W in W R W, with the mean R over the shrunk covariances."""
    mine = data["subject"] == 0
    out = EuclideanAlignment(estimator=estimator).fit_transform(data)["eeg"][mine]
    signals = data["eeg"][mine]
    W = np.linalg.lstsq(np.hstack(signals).T, np.hstack(out).T, rcond=None)[0].T
    shrunk = W @ mean_covariance(signals, ESTIMATES[estimator]) @ W.T
    np.testing.assert_allclose(shrunk, np.eye(C), atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("level", [0.0, 1e3])
def test_signals_with_an_average_reference_lose_no_dimension_more(data, dtype, level):
    """Their covariances have rank C - 1, up to the rounding of the signals."""
    eeg = data["eeg"] - data["eeg"].mean(axis=1, keepdims=True)
    data["eeg"] = (eeg + level * np.arange(-2, 3)[:, None]).astype(dtype)
    out = EuclideanAlignment(estimator="scm").fit_transform(data)["eeg"]
    subspace = np.eye(C) - 1 / C
    # At a level of about 1000 times the weakest direction, float32 rounds each value of
    # the output by up to 6e-5 of this direction, and of the input too.
    atol = 1e-6 if level == 0 else 1e-5 if dtype == np.float64 else 1e-3
    for person in (0, 1):
        covariance = mean_covariance(out[data["subject"] == person])
        np.testing.assert_allclose(covariance, subspace, atol=atol)
    shrunk = EuclideanAlignment().fit_transform(data)["eeg"]
    assert np.isfinite(shrunk).all()


@pytest.mark.parametrize("estimator", ESTIMATES)
@pytest.mark.filterwarnings("error")
def test_channels_and_people_without_variance_become_zero(data, estimator):
    data["eeg"][:, 2] = 7.0
    data["eeg"][data["subject"] == 1] = 3.0
    out = EuclideanAlignment(estimator=estimator).fit_transform(data)["eeg"]
    assert (out[data["subject"] == 1] == 0).all()
    mine = out[data["subject"] == 0]
    assert (mine.std(axis=-1) > 0.1)[:, [0, 1, 3, 4]].all()
    if estimator == "scm":
        np.testing.assert_allclose(mine[:, 2], 0, atol=1e-5)


@pytest.mark.parametrize("estimator", ESTIMATES)
def test_the_scale_of_a_person_does_not_matter(data, estimator):
    aligner = EuclideanAlignment(estimator=estimator)
    expected = aligner.fit_transform(data)["eeg"]
    data["eeg"] = data["eeg"] * np.where(data["subject"], 1e-6, 50.0)[:, None, None]
    out = aligner.transform(data)["eeg"]
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


def test_any_mixing_of_the_channels_leaves_a_rotation(data):
    """Aligned signals of both mixings have the same Gram matrix between samples."""
    aligner = EuclideanAlignment(estimator="scm")
    rng = np.random.default_rng(1)
    mixed = Modalities(**{**data, "eeg": rng.normal(size=(C, C)) @ data["eeg"]})
    mine = data["subject"] == 0
    grams = []
    for X in (data, mixed):
        x = np.hstack(aligner.fit_transform(X)["eeg"][mine]).astype(float)
        grams.append(x.T @ x)
    np.testing.assert_allclose(*grams, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_whole_numbers_are_signals_too(data, dtype):
    data["eeg"] = np.clip(20 * data["eeg"] + 100, 0, 255).astype(dtype)
    out = EuclideanAlignment().fit_transform(data)["eeg"]
    data["eeg"] = data["eeg"].astype(np.float64)
    expected = EuclideanAlignment().fit_transform(data)["eeg"]
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("reference", ["self", "baseline"])
def test_the_baseline_is_aligned_by_the_same_matrix(data, reference):
    """A later step subtracts it from the aligned trial."""
    data["baseline"] = 3 * data["eeg"][..., :50]
    out = EuclideanAlignment(reference=reference).fit_transform(data)
    np.testing.assert_allclose(
        out["baseline"], 3 * out["eeg"][..., :50], rtol=1e-5, atol=1e-5
    )
    wrong = {**data, "baseline": data["baseline"][:, :3]}
    with pytest.raises(ValueError, match=r"baseline X\['baseline'\] .* does not fit"):
        EuclideanAlignment(reference=reference).fit_transform(wrong)


def test_a_baseline_may_have_another_length_and_name(data):
    rest = np.random.default_rng(1).normal(size=(N, C, 90))
    X = {"gsr": data["eeg"], "baseline_gsr": rest, "subject": data["subject"]}
    aligner = EuclideanAlignment(modality="gsr", reference="baseline", estimator="scm")
    out = aligner.fit_transform(X)
    for person in (0, 1):
        mine = data["subject"] == person
        covariance = mean_covariance(out["baseline_gsr"][mine])
        np.testing.assert_allclose(covariance, np.eye(C), atol=1e-6)


def test_samples_may_be_longer_than_in_fit(data):
    aligner = EuclideanAlignment(estimator="scm").fit(data)
    longer = Modalities(
        eeg=np.concatenate([data["eeg"]] * 2, axis=-1), subject=data["subject"]
    )
    out = aligner.transform(longer)["eeg"]
    np.testing.assert_allclose(
        out[..., :T], aligner.transform(data)["eeg"], rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda x: x[..., :1], r"two time points .* has the shape \(24, 5, 1\)"),
        (lambda x: x[:, 0], r"Expected X\['eeg'\] of shape \(n_samples, n_channels"),
    ],
)
def test_bad_signals_are_named(data, change, match):
    with pytest.raises(ValueError, match=match):
        EuclideanAlignment().fit({**data, "eeg": change(data["eeg"])})
