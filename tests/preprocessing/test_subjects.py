"""What holds for every transformer that removes differences between subjects."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_emotion import (
    CoralAlignment,
    EuclideanAlignment,
    Modalities,
    RiemannianRecentering,
    SubjectStandardizer,
    load_model,
    save_model,
)

SUBJECT = np.array(list("abbacabccabacbcabbca"))
N = len(SUBJECT)


def matrices(rng, n):
    factors = rng.standard_normal((n, 2, 3, 9)) * rng.uniform(1, 3, (n, 1, 3, 1))
    return factors @ factors.swapaxes(-1, -2)


def signals(rng, n):
    return rng.standard_normal((n, 3, 40)) * rng.uniform(1, 9, (n, 3, 1)) + 2


def table(rng, n):
    return 3 + rng.standard_normal((n, 4)) @ rng.standard_normal((4, 4))


CASES = {
    "standardizer": (SubjectStandardizer(), table),
    "robust": (SubjectStandardizer(robust=True), table),
    "pooled": (SubjectStandardizer(pool_axes=(2,)), signals),
    "centered": (SubjectStandardizer(with_std=False), table),
    "euclidean": (EuclideanAlignment(), signals),
    "sample covariance": (EuclideanAlignment(estimator="scm"), signals),
    "riemannian": (RiemannianRecentering(), matrices),
    "log-euclidean": (RiemannianRecentering(metric="logeuclid"), matrices),
    "scaled": (RiemannianRecentering(scaling=True), matrices),
    "coral": (CoralAlignment(), table),
}
every = pytest.mark.parametrize("kind", CASES)


def case(kind, **params):
    """Return an unfitted transformer and data of three subjects with baselines."""
    estimator, make = CASES[kind]
    rng = np.random.default_rng(0)
    X = Modalities(eeg=make(rng, N), baseline=make(rng, N), subject=SUBJECT)
    return clone(estimator).set_params(**params), X


references = pytest.mark.parametrize("reference", ["self", "baseline"])


def out_of(estimator, X):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Subjects .* have one sample")
        return estimator.transform(X)["eeg"]


@every
@references
@pytest.mark.parametrize("online", [False, True])
def test_a_subject_depends_on_its_own_samples_alone(kind, reference, online):
    """Other subjects may be removed, changed or moved to other positions."""
    aligner, X = case(kind, reference=reference, online=online)
    aligner.fit(X)
    expected, mine = out_of(aligner, X), SUBJECT == "b"
    np.testing.assert_array_equal(out_of(aligner, X[mine]), expected[mine])
    changed = Modalities(**X)
    for name in ("eeg", "baseline"):
        changed[name] = X[name].copy()
        changed[name][~mine] *= 17
    np.testing.assert_array_equal(out_of(aligner, changed)[mine], expected[mine])
    order = np.argsort(SUBJECT, kind="stable")
    np.testing.assert_array_equal(out_of(aligner, X[order]), expected[order])


@every
@references
def test_online_statistics_depend_on_the_past_alone(kind, reference):
    aligner, X = case(kind, reference=reference, online=True)
    expected = aligner.fit(X).transform(X)["eeg"]
    for cut in (1, 7, N - 1):
        future = Modalities(**X)
        for name in ("eeg", "baseline"):
            future[name] = X[name].copy()
            future[name][cut:] *= 23
        np.testing.assert_array_equal(out_of(aligner, future)[:cut], expected[:cut])
        np.testing.assert_array_equal(out_of(aligner, X[:cut]), expected[:cut])
    # The test can fail: without `online`, the future matters.
    aligner.set_params(online=False)
    assert not np.array_equal(out_of(aligner, future)[:cut], out_of(aligner, X)[:cut])


@every
@references
def test_the_last_sample_of_each_subject_meets_the_statistics_of_the_batch(
    kind, reference
):
    aligner, X = case(kind, reference=reference)
    batch = aligner.fit(X).transform(X)["eeg"]
    online = aligner.set_params(online=True).transform(X)["eeg"]
    last = [N - 1 - SUBJECT[::-1].tolist().index(s) for s in "abc"]
    np.testing.assert_allclose(online[last], batch[last], rtol=1e-5, atol=1e-5)
    first = [SUBJECT.tolist().index(s) for s in "abc"]
    assert not np.allclose(online[first], batch[first], atol=1e-2)


@every
@references
@pytest.mark.parametrize("sizes", [(1,) * N, (3, 9, 8)])
def test_a_stream_in_pieces_is_the_online_form(kind, reference, sizes):
    aligner, X = case(kind, reference=reference, online=True)
    expected = aligner.fit(X).transform(X)["eeg"]
    ends = np.cumsum(sizes)
    parts = [X[end - size : end] for end, size in zip(ends, sizes)]
    stream = [aligner.partial_transform(part)["eeg"] for part in parts]
    np.testing.assert_array_equal(np.concatenate(stream), expected)
    # `transform` neither uses nor changes the stream.
    np.testing.assert_array_equal(aligner.transform(X)["eeg"], expected)


@every
def test_reset_forgets_one_subject_or_all(kind):
    aligner, X = case(kind)
    fresh = aligner.fit(X).partial_transform(X)["eeg"]
    aligner.reset("b")
    again = aligner.partial_transform(X)["eeg"]
    mine = SUBJECT == "b"
    np.testing.assert_array_equal(again[mine], fresh[mine])
    assert not np.allclose(again[~mine], fresh[~mine], atol=1e-3)
    assert aligner.reset() is aligner
    np.testing.assert_array_equal(aligner.partial_transform(X)["eeg"], fresh)
    aligner.fit(X)
    np.testing.assert_array_equal(aligner.partial_transform(X)["eeg"], fresh)


@every
def test_files_do_not_contain_the_recordings_of_a_stream(kind, tmp_path):
    aligner, X = case(kind)
    expected = aligner.fit(X).partial_transform(X)["eeg"]
    size = len(pickle.dumps(aligner))
    save_model(aligner, tmp_path / "model.skops")
    for copy in (
        pickle.loads(pickle.dumps(aligner)),
        load_model(tmp_path / "model.skops"),
    ):
        np.testing.assert_array_equal(copy.partial_transform(X)["eeg"], expected)
        aligner.partial_transform(X)
        assert len(pickle.dumps(aligner)) == size
    # The transformer itself goes on.
    assert not np.allclose(aligner.partial_transform(X)["eeg"], expected, atol=1e-3)


@every
@references
def test_blocks_change_nothing_but_rounding(kind, reference, monkeypatch):
    aligner, X = case(kind, reference=reference)
    whole = aligner.fit(X).transform(X)["eeg"]
    monkeypatch.setattr("sklearn_emotion.preprocessing._subjects.BLOCK_BYTES", 1)
    np.testing.assert_allclose(
        clone(aligner).fit(X).transform(X)["eeg"], whole, rtol=1e-5, atol=1e-5
    )


@every
@references
def test_the_unit_of_all_samples_does_not_matter(kind, reference):
    """Volts instead of microvolts change no value without unit."""
    aligner, X = case(kind, reference=reference)
    expected = clone(aligner).fit(X).transform(X)["eeg"]
    scaled = Modalities(**X)
    for name in ("eeg", "baseline"):
        scaled[name] = 1e-6 * X[name]
    out = clone(aligner).fit(scaled).transform(scaled)["eeg"]
    unit = 1e-6 if kind in ("coral", "centered") else 1.0
    np.testing.assert_allclose(out / unit, expected, rtol=2e-5, atol=2e-5)


@every
def test_the_baseline_is_the_reference_and_is_used_up(kind):
    """If the baselines are the samples, both references give the same."""
    aligner, X = case(kind)
    X["baseline"] = X["eeg"]
    expected = clone(aligner).fit(X).transform(X)["eeg"]
    rest = clone(aligner).set_params(reference="baseline").fit_transform(X)
    np.testing.assert_array_equal(rest["eeg"], expected)
    keeps = isinstance(aligner, EuclideanAlignment)
    assert list(rest) == ["eeg", *(["baseline"] if keeps else []), "subject"]


@every
def test_a_single_sample_is_named_unless_it_is_part_of_a_stream(kind):
    aligner, X = case(kind)
    aligner.fit(X)
    with pytest.warns(UserWarning, match=r"Subjects \['c'\] have one sample each"):
        aligner.transform(X[[0, 3, 4]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(aligner.partial_transform(X[[4]])["eeg"]).all()
        aligner.set_params(online=True).transform(X[[4]])
        rest = case(kind, reference="baseline")[0].fit(X)
        assert np.isfinite(rest.transform(X[[4]])["eeg"]).all()


@every
@pytest.mark.parametrize("reference", ["self", "baseline"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_missing_are_named(kind, reference, value):
    aligner, X = case(kind, reference=reference)
    name = "eeg" if reference == "self" else "baseline"
    X[name][3].flat[0] = value
    with pytest.raises(ValueError, match=f"{name} contains .* in 1 of {N} samples"):
        aligner.fit(X)


def smaller(x):
    return x[..., :2, :2] if x.ndim == 4 else x[:, :2]


@every
def test_what_is_missing_or_does_not_fit_is_named(kind):
    aligner, X = case(kind, reference="baseline")
    for name in ("baseline", "subject"):
        bad = {key: x for key, x in X.items() if key != name}
        with pytest.raises(ValueError, match=f"missing '{name}'"):
            clone(aligner).fit(bad)
    with pytest.raises(ValueError, match="does not fit"):
        clone(aligner).fit({**X, "baseline": smaller(X["baseline"])})
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clone(aligner).fit({**X, "subject": SUBJECT[:5]})
    with pytest.raises(NotFittedError):
        clone(aligner).partial_transform(X)
    with pytest.raises(NotFittedError):
        clone(aligner).reset()
    fewer = X | {name: smaller(X[name]) for name in ("eeg", "baseline")}
    for method in (aligner.fit(X).transform, aligner.partial_transform):
        with pytest.raises(ValueError, match=r"but .* was fitted on"):
            method(fewer)


@every
@pytest.mark.parametrize("missing", [None, np.nan])
def test_a_sample_without_a_subject_is_an_error(kind, missing):
    aligner, X = case(kind)
    subject = SUBJECT.astype(object)
    subject[[2, 5]] = missing
    with pytest.raises(
        ValueError, match="subject of 2 of 20 samples, first of sample 2"
    ):
        aligner.fit({**X, "subject": subject})


@every
def test_subjects_of_two_kinds_are_named(kind):
    aligner, X = case(kind)
    subject = np.where(SUBJECT == "a", 1, SUBJECT.astype(object))
    with pytest.raises(ValueError, match="either text or numbers, got both"):
        aligner.fit({**X, "subject": subject})


@every
def test_subjects_may_be_numbers(kind):
    aligner, X = case(kind)
    expected = aligner.fit(X).transform(X)["eeg"]
    numbers = Modalities(**{**X, "subject": np.unique(SUBJECT, return_inverse=True)[1]})
    np.testing.assert_array_equal(
        aligner.fit(numbers).transform(numbers)["eeg"], expected
    )
    first = aligner.partial_transform(numbers)["eeg"]
    again = aligner.reset(1).partial_transform(numbers)["eeg"]
    mine = SUBJECT == "b"
    np.testing.assert_array_equal(again[mine], first[mine])


@every
def test_the_input_stays_as_it_is(kind):
    aligner, X = case(kind)
    copies = {name: x.copy() for name, x in X.items()}
    for x in X.values():
        x.flags.writeable = False
    aligner.fit(X).transform(X)
    aligner.partial_transform(X)
    for name, x in X.items():
        np.testing.assert_array_equal(x, copies[name])
