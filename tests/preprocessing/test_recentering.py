"""Recentered covariances against pyriemann, and their rotation."""

import numpy as np
import pytest
from pyriemann.transfer import TLCenter, TLRotate, encode_domains
from scipy.linalg import expm, logm

from sklearn_emotion import (
    BandCovariances,
    Modalities,
    RiemannianRecentering,
    make_modality_transformer,
    make_riemann,
)
from sklearn_emotion.preprocessing._recentering import _rotation

N = 24
SUBJECT = np.array(["ann", "bob"])[np.arange(N) % 2]
LABELS = np.array(["calm", "tense", "calm", "tense", "tense", "tense"] * 4)


@pytest.fixture
def matrices():
    """Covariances in two bands; one person has twice the gain in one channel."""
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((N, 2, 4, 12))
    factors[LABELS == "tense", :, 0] *= 3
    factors[SUBJECT == "bob", :, 1] *= 2
    return factors @ factors.swapaxes(-1, -2)


def recentered(C, y=None, subject=SUBJECT, **params):
    X = Modalities(eeg=C, subject=subject)
    return RiemannianRecentering(**params).fit(X, y).transform(X)["eeg"]


@pytest.mark.parametrize("metric", ["riemann", "logeuclid"])
def test_recentering_equals_pyriemann(matrices, metric):
    out = recentered(matrices, metric=metric)
    assert out.dtype == np.float64
    for band in (0, 1):
        _, domains = encode_domains(matrices[:, band], LABELS, SUBJECT)
        center = TLCenter(target_domain="ann", metric=metric)
        expected = center.fit_transform(matrices[:, band].copy(), domains)
        np.testing.assert_allclose(out[:, band], expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(recentered(matrices[:, 1], metric=metric), out[:, 1])


def test_the_mean_of_each_person_becomes_the_identity(matrices):
    """At the mean, the logarithms of the covariances average to zero."""
    out = recentered(matrices)
    for mine in (SUBJECT == "ann", SUBJECT == "bob"):
        logs = [logm(C) for C in out[mine, 0]]
        np.testing.assert_allclose(np.mean(logs, axis=0), 0, atol=1e-7)


def test_any_mixing_of_the_channels_leaves_a_rotation(matrices):
    mixing = np.random.default_rng(1).standard_normal((4, 4))
    mixed = mixing @ matrices @ mixing.T
    values = np.linalg.eigvalsh(recentered(matrices))
    np.testing.assert_allclose(np.linalg.eigvalsh(recentered(mixed)), values, rtol=1e-6)


def test_scaling_gives_every_person_the_dispersion_of_one(matrices):
    centered, out = recentered(matrices), recentered(matrices, scaling=True)
    for mine in (SUBJECT == "ann", SUBJECT == "bob"):
        logs = np.array([logm(C) for C in out[mine, 1]])
        assert np.mean(np.sum(logs**2, axis=(1, 2))) == pytest.approx(1, rel=1e-9)
        # A power multiplies the logarithm.
        ratio = logs / np.array([logm(C) for C in centered[mine, 1]])
        np.testing.assert_allclose(ratio, ratio.flat[0], rtol=1e-6)


def test_one_covariance_of_a_person_becomes_the_identity(matrices):
    X = Modalities(eeg=matrices, subject=SUBJECT)
    aligner = RiemannianRecentering(scaling=True).fit(X)
    with pytest.warns(UserWarning, match=r"\['bob'\].*turns into identity matrices"):
        out = aligner.transform(X[[1]])["eeg"]
    np.testing.assert_allclose(out, np.eye(4)[None, None].repeat(2, 1), atol=1e-12)


def turned(matrices):
    """Return the covariances of one person in the place of both, one turned by 40°."""
    C = recentered(matrices[:, :1])[SUBJECT == "ann"]
    angle = np.deg2rad(40)
    rotation = np.eye(4)
    rotation[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return C, rotation @ C @ rotation.T


def test_rotation_brings_the_classes_of_people_together(matrices):
    C, other = turned(matrices)
    both = np.concatenate([C, other])
    subject = np.repeat(["ann", "cat"], len(C))
    y = np.tile(LABELS[SUBJECT == "ann"], 2)
    plain = recentered(both, subject=subject)
    out = recentered(both, y, subject=subject, rotation=True)
    before, after = (np.abs(x[: len(C)] - x[len(C) :]).max() for x in (plain, out))
    assert after < 1e-4 * before
    # A rotation changes no eigenvalue.
    np.testing.assert_allclose(
        np.linalg.eigvalsh(out), np.linalg.eigvalsh(plain), rtol=1e-6
    )


@pytest.mark.parametrize("seed", range(4))
def test_rotation_is_as_good_as_the_best_known_one_and_the_one_of_pyriemann(seed):
    """The best rotation of noise-free pairs is known; noise can only improve on it."""
    rng = np.random.default_rng(seed)
    targets = _spd(rng, 18)
    skew = rng.normal(size=(5, 5))
    known = expm(0.2 * (skew - skew.T))
    sources = known.T @ (targets + 0.1 * _spd(rng, 30)) @ known

    def loss(rotation):
        return np.sum((targets - rotation @ sources @ rotation.T) ** 2)

    ours = _rotation(sources, targets)
    np.testing.assert_allclose(ours @ ours.T, np.eye(5), atol=1e-12)
    assert loss(ours) <= loss(known)
    pairs = np.concatenate([targets, sources])
    domains = [f"{domain}/{k}" for domain in ("all", "one") for k in range(3)]
    theirs = TLRotate("all").fit(pairs, np.array(domains)).rotations_["one"]
    assert loss(ours) <= loss(theirs) * (1 + 1e-6)
    np.testing.assert_allclose(_rotation(targets, targets), np.eye(5), atol=1e-9)


def _spd(rng, n_times):
    factors = rng.normal(size=(3, 5, n_times))
    return factors @ factors.swapaxes(-1, -2) / n_times


def test_rotation_uses_the_labels_of_fit_and_of_no_one_else(matrices):
    X = Modalities(eeg=matrices, subject=SUBJECT)
    aligner = RiemannianRecentering(rotation=True).fit(X, LABELS)
    assert {k: r.shape for k, r in aligner.rotations_.items()} == {
        "ann": (2, 4, 4),
        "bob": (2, 4, 4),
    }
    new = Modalities(eeg=matrices, subject=np.full(N, "dan"))
    plain = RiemannianRecentering().fit(X)
    np.testing.assert_array_equal(
        aligner.transform(new)["eeg"], plain.transform(new)["eeg"]
    )
    poisoned = np.roll(LABELS, 1)
    other = RiemannianRecentering(rotation=True).fit(X, poisoned)
    assert not np.allclose(other.transform(X)["eeg"], aligner.transform(X)["eeg"])
    np.testing.assert_array_equal(
        plain.fit(X, poisoned).transform(X)["eeg"], plain.fit(X).transform(X)["eeg"]
    )


@pytest.mark.parametrize(
    ("y", "match"),
    [
        (None, "needs class labels in `fit`, because rotation=True"),
        (LABELS[:5], "inconsistent numbers of samples"),
        (np.linspace(0, 1, N), "Unknown label type"),
    ],
)
def test_rotation_needs_class_labels(matrices, y, match):
    with pytest.raises(ValueError, match=match):
        recentered(matrices, y, rotation=True)


@pytest.mark.parametrize("reference", ["self", "baseline"])
def test_covariances_that_are_singular_are_named(matrices, reference):
    """An average reference leaves one dimension without variance."""
    bad = matrices.copy()
    reference_free = np.eye(4) - 1 / 4
    bad[5, 1] = reference_free @ bad[5, 1] @ reference_free
    X = {"eeg": matrices, "baseline": matrices, "subject": SUBJECT}
    X["eeg" if reference == "self" else "baseline"] = bad
    with pytest.raises(ValueError, match=r"those of 1 of 24 samples \(5\) are not"):
        RiemannianRecentering(reference=reference).fit(X)


@pytest.mark.parametrize("shape", [(N, 4), (N, 3, 4), (N, 1, 2, 4, 4)])
def test_what_is_no_covariance_is_named(shape):
    with pytest.raises(ValueError, match=r"n_channels, n_channels\), got"):
        recentered(np.ones(shape))


# The pipeline


def band_signals():
    rng = np.random.default_rng(0)
    eeg = rng.standard_normal((N, 4, 256))
    eeg -= eeg.mean(axis=1, keepdims=True)
    return Modalities(eeg=eeg, subject=SUBJECT, face=rng.normal(size=(N, 3)))


@pytest.mark.parametrize("classifier", ["tangent", "mdm"])
def test_make_riemann_recenters_signals_of_any_reference(classifier):
    X = band_signals()
    model = make_riemann(classifier, recenter=True).fit(X, LABELS)
    assert list(model.named_steps)[:2] == ["covariances", "recentering"]
    assert model.predict(X).shape == (N,)
    steps = make_modality_transformer(
        eeg=BandCovariances(), subject="passthrough"
    ).fit_transform(X)
    C = model[:2].transform(X)["eeg"]
    np.testing.assert_array_equal(C, recentered(steps["eeg"]))


def test_without_recentering_the_pipeline_is_what_it_was():
    assert list(make_riemann().named_steps) == ["covariances", "tangent", "logistic"]
    grid = make_riemann(recenter=True).param_grid()
    assert grid == make_riemann().param_grid()
