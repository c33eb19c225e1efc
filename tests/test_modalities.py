"""A multi-modal input survives every tool that a single array survives."""

import copy
import pickle
from types import SimpleNamespace

import joblib
import mne
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, csr_matrix, dok_array
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    LeaveOneGroupOut,
    cross_val_score,
    train_test_split,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_emotion import (
    DGCNN,
    AverageReference,
    BaselineRemoval,
    EEGNet,
    Modalities,
    ModalityFlattener,
    ModalityTransformer,
    SubjectStandardizer,
    make_modality_transformer,
    make_svm,
)
from sklearn_emotion.model_selection import hoist


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return Modalities(
        eeg=rng.standard_normal((60, 4, 16)), face=rng.standard_normal((60, 3))
    )


@pytest.fixture
def groups():
    return np.repeat(np.arange(6), 10)


@pytest.mark.parametrize(
    "key",
    [
        np.array([3, 1, 59]),
        slice(5, 20, 3),
        np.arange(60) % 7 == 0,
        (np.array([0, 2]), ...),
        [4, 5],
    ],
    ids=["ints", "slice", "mask", "tuple", "list"],
)
def test_any_sample_index_selects_the_same_rows_in_every_modality(X, key):
    rows = key[0] if isinstance(key, tuple) else key
    part = X[key]
    assert isinstance(part, Modalities)
    for name in X:
        np.testing.assert_array_equal(part[name], X[name][rows])


def test_shape_and_length_are_those_of_the_samples(X):
    assert len(X) == 60
    assert X.shape == (60,)
    assert len(X[:0]) == 0


def test_rows_stay_aligned_after_a_split(X):
    X["face"][:, 0] = X["eeg"][:, 0, 0]
    for part in train_test_split(X, test_size=0.2, random_state=0):
        np.testing.assert_array_equal(part["face"][:, 0], part["eeg"][:, 0, 0])


def test_a_column_of_a_shuffled_table_is_taken_by_position_not_by_label(X):
    table = pd.DataFrame({"subject": np.arange(60) // 10, "age": 20.0})
    shuffled = table.sample(frac=1, random_state=0)
    X["subject"] = shuffled["subject"]
    X = Modalities(**X, table=shuffled)
    rows = np.array([0, 7, 59])
    expected = shuffled["subject"].to_numpy()[rows]
    np.testing.assert_array_equal(X[rows]["subject"], expected)
    np.testing.assert_array_equal(X[rows]["table"][:, 0], expected)
    np.testing.assert_array_equal(X[rows]["eeg"], X["eeg"][rows])


def test_tables_of_any_library_are_taken_as_arrays(X):
    # polars' DataFrame has no iloc either.
    table = SimpleNamespace(to_numpy=lambda: X["face"])
    assert Modalities(face=table)["face"] is X["face"]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_grouped_grid_search_finds_the_informative_modality(X, groups, n_jobs):
    y = X["face"][:, 0] > 0
    search = GridSearchCV(
        make_pipeline(ModalityFlattener(), LogisticRegression()),
        {"logisticregression__C": [0.1, 1.0]},
        cv=LeaveOneGroupOut(),
        n_jobs=n_jobs,
    )
    search.fit(X, y, groups=groups)
    assert search.score(X, y) > 0.9


@pytest.mark.parametrize("wrap", [VotingClassifier, CalibratedClassifierCV])
def test_meta_estimators_take_modalities(X, wrap):
    y = np.where(X["face"][:, 0] > 0, "high", "low")
    inner = make_pipeline(ModalityFlattener(), LogisticRegression())
    if wrap is VotingClassifier:
        model = VotingClassifier([("a", inner), ("b", clone(inner))])
    else:
        model = CalibratedClassifierCV(inner, cv=3)
    assert set(model.fit(X, y).predict(X)) == {"high", "low"}


def test_pickle_and_joblib_memory_maps_return_the_same_arrays(X, tmp_path):
    restored = pickle.loads(pickle.dumps(X))
    assert list(restored) == ["eeg", "face"]
    np.testing.assert_array_equal(restored["eeg"], X["eeg"])
    joblib.dump(X, tmp_path / "x.joblib")
    mapped = joblib.load(tmp_path / "x.joblib", mmap_mode="r")
    assert isinstance(mapped["eeg"], np.memmap)
    np.testing.assert_array_equal(mapped[3:5]["eeg"], X["eeg"][3:5])


def test_unequal_lengths_are_named():
    with pytest.raises(ValueError, match=r"'eeg': 6, 'ecg': 5"):
        Modalities(eeg=np.zeros(6), ecg=np.zeros(5))


def test_a_new_modality_must_fit_the_others(X):
    X["ecg"] = np.zeros((60, 8))
    assert X["ecg"].shape == (60, 8)
    with pytest.raises(ValueError, match=r"'gsr': 59"):
        X["gsr"] = np.zeros((59, 8))
    assert "gsr" not in X


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda X: Modalities(), ValueError, "at least one array"),
        (lambda X: Modalities(a=3.0), ValueError, "have no axis"),
        (lambda X: X["ecg"], KeyError, "no modality 'ecg'"),
        (lambda X: X[3], IndexError, r"X\[3:4\]"),
        (lambda X: X[:, 0], IndexError, "by name or by sample"),
        (lambda X: np.asarray(X), TypeError, r"X\['eeg'\].*ModalityFlattener"),
        (
            lambda X: ColumnTransformer([("a", StandardScaler(), "eeg")]).fit(X),
            IndexError,
            "ModalityTransformer instead of ColumnTransformer",
        ),
    ],
)
def test_misuse_is_named(X, make, error, match):
    with pytest.raises(error, match=match):
        make(X)


def doubled():
    return FunctionTransformer(lambda x: 2 * x)


def test_each_output_comes_from_its_source_and_one_source_may_feed_several(X):
    t = ModalityTransformer(
        [("a", doubled(), "eeg"), ("b", "passthrough", "eeg")], remainder="passthrough"
    )
    out = t.fit_transform(X)
    assert list(out) == ["a", "b", "face"]
    np.testing.assert_array_equal(out["a"], 2 * X["eeg"])
    assert out["b"] is X["eeg"]
    np.testing.assert_array_equal(t.transform(X[:3])["a"], 2 * X["eeg"][:3])


def test_other_modalities_are_dropped_by_default(X):
    assert list(make_modality_transformer(eeg=doubled()).fit_transform(X)) == ["eeg"]


def test_fit_then_transform_is_fit_transform(X):
    t = make_modality_transformer(
        eeg=make_pipeline(ModalityFlattener(), FunctionTransformer(np.tanh)),
        face="passthrough",
    )
    once, twice = t.fit_transform(X), t.fit(X).transform(X)
    for name in once:
        np.testing.assert_array_equal(once[name], twice[name])


def test_nested_parameters_are_reached_and_searched(X, groups):
    t = make_modality_transformer(eeg=FunctionTransformer(kw_args={}), face=doubled())
    t.set_params(eeg__validate=True)
    assert t.get_params()["eeg__validate"] is True
    assert clone(t).get_params()["eeg__validate"] is True
    t.set_params(face="passthrough")
    assert t.transformers[1] == ("face", "passthrough", "face")
    pipe = make_pipeline(
        make_modality_transformer(eeg="passthrough", face=doubled()),
        ModalityFlattener(),
        LogisticRegression(),
    )
    y = X["face"][:, 0] > 0
    assert (
        cross_val_score(pipe, X, y, groups=groups, cv=LeaveOneGroupOut()).mean() > 0.8
    )


def test_a_dropped_modality_is_left_out_and_need_not_be_there(X):
    t = make_modality_transformer(eeg=doubled(), face=doubled())
    t.set_params(face="drop")
    for out in (t.fit_transform(X), t.fit(X).transform(X)):
        assert list(out) == ["eeg"]
    assert t.transformers_[1] == ("face", "drop", "face")
    assert clone(t).get_params()["face"] == "drop"
    np.testing.assert_array_equal(t.fit_transform({"eeg": X["eeg"]})["eeg"], out["eeg"])
    t.set_params(remainder="passthrough")
    assert list(t.fit_transform(X)) == ["eeg"]


def test_dropping_a_modality_can_be_searched(X, groups):
    y = X["face"][:, 0] > 0
    pipe = make_pipeline(
        make_modality_transformer(eeg="passthrough", face=doubled()),
        ModalityFlattener(),
        LogisticRegression(),
    )
    grid = {"modalitytransformer__face": ["drop", "passthrough"]}
    search = GridSearchCV(pipe, grid, cv=LeaveOneGroupOut()).fit(X, y, groups=groups)
    without, with_face = search.cv_results_["mean_test_score"]
    assert without < 0.7 < 0.8 < with_face


@pytest.mark.parametrize("word", ["drop", "passthrough"])
def test_hoisting_leaves_branches_that_are_off(X, word):
    y = X["face"][:, 0] > 0
    X["wide"] = np.repeat(X["eeg"], 16, axis=2)
    transformer = make_modality_transformer(
        eeg=word, wide=AverageReference(), face=StandardScaler()
    )
    if word == "drop":
        X = Modalities(wide=X["wide"], face=X["face"])
    pipe = make_pipeline(transformer, ModalityFlattener(), LogisticRegression())
    hoisted = hoist(pipe, X, y)
    assert hoisted.n_steps == 1
    whole = hoisted.restore(hoisted.estimator.fit(hoisted.X, y))
    np.testing.assert_array_equal(whole.predict(X), pipe.fit(X, y).predict(X))
    names = whole[0].get_feature_names_out()
    assert list(names) == list(pipe[0].get_feature_names_out())


def test_an_unknown_word_in_place_of_a_transformer_is_named(X):
    with pytest.raises(ValueError, match=r"'face' must be a transformer.*got 'dorp'"):
        make_modality_transformer(eeg=doubled(), face="dorp").fit(X)


def test_a_plain_dict_will_do(X):
    out = make_modality_transformer(eeg=doubled()).fit_transform(dict(X.items()))
    assert isinstance(out, Modalities)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (
            lambda X: make_modality_transformer(ecg=doubled()).fit(X),
            "missing 'ecg', got 'eeg', 'face'",
        ),
        (
            lambda X: make_modality_transformer(eeg=doubled()).fit(X["eeg"]),
            r"needs the modalities 'eeg', got an array of shape \(60, 4, 16\)",
        ),
        (
            lambda X: ModalityTransformer([("eeg", doubled())]).fit(X),
            r"\(name, transformer, source\)",
        ),
        (
            lambda X: ModalityTransformer(
                [("face", doubled(), "eeg")], remainder="passthrough"
            ).fit(X),
            r"Outputs \['face'\]",
        ),
        (
            lambda X: ModalityTransformer(
                [("a", doubled(), "eeg"), ("a", doubled(), "face")]
            ).fit(X),
            "not unique",
        ),
    ],
    ids=["missing", "array", "pair", "clash", "twice"],
)
def test_bad_transformers_are_named(X, make, match):
    with pytest.raises(ValueError, match=match):
        make(X)


def test_flattener_puts_modalities_side_by_side_and_leaves_labels_out(X):
    X["subject"] = np.arange(60)
    flat = ModalityFlattener().fit(X)
    table = flat.transform(X)
    np.testing.assert_array_equal(table[:, :64], X["eeg"].reshape(60, 64))
    np.testing.assert_array_equal(table[:, 64:], X["face"])
    names = flat.get_feature_names_out()
    assert [names[0], names[63], names[66]] == ["eeg_0_0", "eeg_3_15", "face_2"]
    assert flat.fit_transform(X["eeg"]).shape == (60, 64)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("float16", "float32"), ("float32", "float32"), ("float64", "float64")],
)
def test_the_table_of_short_floats_is_float32(X, given, expected):
    """A variance above 65504 would be infinite in float16."""
    X = Modalities(face=(300 * X["face"]).astype(given))
    table = ModalityFlattener().fit_transform(X)
    assert table.dtype == expected
    y = np.arange(60) % 2
    assert np.isfinite(GaussianNB().fit(table, y).var_).all()


def test_flattener_names_a_change_of_shape(X):
    flat = ModalityFlattener().fit(X)
    X["eeg"] = X["eeg"][:, :3]
    with pytest.raises(ValueError, match=r"'eeg': \(3, 16\).*'eeg': \(4, 16\)"):
        flat.transform(X)


@pytest.mark.parametrize(
    "duplicate",
    [
        lambda X: X.copy(),
        copy.copy,
        copy.deepcopy,
        lambda X: pickle.loads(pickle.dumps(X)),
        lambda X: X | {},
        lambda X: {} | X,
        lambda X: Modalities(**X),
    ],
    ids="copy copy.copy deepcopy pickle or reversed_or init".split(),
)
def test_a_copy_is_modalities_of_its_own(X, duplicate):
    X._feature_names = ["a"]
    other = duplicate(X)
    assert type(other) is Modalities
    assert other._feature_names in (None, ["a"])
    for name in X:
        np.testing.assert_array_equal(other[name], X[name])
    other["more"] = np.zeros(60)
    assert list(X) == ["eeg", "face"]


def test_a_union_is_checked_and_the_right_side_wins(X):
    more = {"face": np.ones((60, 2)), "gsr": np.zeros((60, 1))}
    for union in (X | more, X | Modalities(**more)):
        assert type(union) is Modalities
        assert list(union) == ["eeg", "face", "gsr"]
        assert union["face"].shape == (60, 2)
    assert ({"face": np.ones((60, 2))} | X)["face"] is X["face"]
    assert list(X) == ["eeg", "face"]
    with pytest.raises(ValueError, match="same n_samples"):
        X | {"gsr": np.zeros((59, 1))}
    with pytest.raises(TypeError, match="unsupported operand"):
        X | [1]


@pytest.mark.parametrize(
    "add",
    [
        lambda X, a: X.__setitem__("gsr", a),
        lambda X, a: X.update({"gsr": a}),
        lambda X, a: X.update(gsr=a),
        lambda X, a: X.update([("gsr", a)]),
        lambda X, a: X.setdefault("gsr", a),
        lambda X, a: X.__ior__({"gsr": a}),
    ],
    ids="item update keywords pairs setdefault ior".split(),
)
def test_whatever_adds_an_array_checks_it_and_forgets_the_names(X, add):
    X._feature_names = ["a"]
    with pytest.raises(ValueError, match="same n_samples"):
        add(X, np.zeros((59, 1)))
    assert list(X) == ["eeg", "face"]
    assert X._feature_names == ["a"]
    add(X, [[0.0]] * 60)
    assert X["gsr"].shape == (60, 1)
    assert X._feature_names is None
    assert X[:5]["gsr"].shape == (5, 1)


def test_update_in_place_keeps_the_object_and_setdefault_the_array(X):
    same, face = X, X["face"]
    X |= {"gsr": np.zeros((60, 1))}
    assert X is same
    assert X.setdefault("face", np.zeros((60, 9))) is face


def test_fromkeys_makes_modalities():
    X = Modalities.fromkeys(["eeg", "ecg"], np.zeros((3, 2)))
    assert repr(X) == "Modalities(eeg: (3, 2) float64, ecg: (3, 2) float64)"


@pytest.mark.parametrize("kind", [csr_array, csr_matrix, dok_array])
def test_sparse_modalities_are_refused_by_name(X, kind):
    with pytest.raises(TypeError, match=rf"sparse input, got {kind.__name__}"):
        X | {"gsr": kind(np.eye(60))}


TAKE_ARRAYS = {
    "flattener": (ModalityFlattener(), {"eeg": (8, 3)}),
    "baseline": (BaselineRemoval(), {"eeg": (8, 2, 3), "baseline": (8, 4, 3)}),
    "standardizer": (SubjectStandardizer(), {"eeg": (8, 3)}),
}


@pytest.mark.parametrize(
    ("spoil", "error", "match"),
    [
        (lambda x: x + 1j, ValueError, "Complex data not supported: eeg of"),
        (lambda x: np.where(x == x.flat[4], np.nan, x), ValueError, "eeg contains NaN"),
        (lambda x: np.where(x == x.flat[4], np.inf, x), ValueError, "eeg contains inf"),
        (lambda x: x.astype(str), ValueError, "eeg of .* must contain numbers"),
        (lambda x: x[..., :0], ValueError, r"0 feature\(s\)"),
        (lambda x: x[:, 0].ravel()[:8], ValueError, "Reshape your data"),
        (lambda x: np.full(x.shape, {}, object), TypeError, "a real number"),
        (lambda x: csr_array(x.reshape(8, -1)), TypeError, "sparse"),
    ],
    ids="complex nan inf text empty flat object sparse".split(),
)
@pytest.mark.parametrize("kind", TAKE_ARRAYS)
def test_what_is_no_number_is_refused_by_name(kind, spoil, error, match):
    estimator, shapes = TAKE_ARRAYS[kind]
    rng = np.random.default_rng(0)
    good = {key: rng.normal(size=shape) for key, shape in shapes.items()}
    good["subject"] = np.repeat([0, 1], 4)
    bad = good | {"eeg": spoil(good["eeg"])}
    for call in (
        lambda: clone(estimator).fit(bad),
        lambda: clone(estimator).fit(good).transform(bad),
    ):
        with pytest.raises(error, match=match):
            call()


@pytest.mark.parametrize("kind", TAKE_ARRAYS)
def test_numbers_in_an_array_of_objects_are_numbers(kind):
    estimator, shapes = TAKE_ARRAYS[kind]
    rng = np.random.default_rng(0)
    X = {key: rng.normal(size=shape) for key, shape in shapes.items()}
    X["subject"] = np.repeat([0, 1], 4)
    expected = clone(estimator).fit_transform(X)
    given = X | {"eeg": X["eeg"].astype(object)}
    fitted = clone(estimator).fit(given)
    out = fitted.transform(given)
    if isinstance(out, Modalities):
        out, expected = out["eeg"], expected["eeg"]
    np.testing.assert_array_equal(out, expected)
    assert fitted.n_features_in_ == 3


def test_the_flattener_lets_nan_pass_to_an_imputer_if_asked(X):
    X["face"][3, 1] = np.nan
    with pytest.raises(ValueError, match=r"face contains NaN in 1 of 60.*allow_nan"):
        ModalityFlattener().fit(X)
    model = make_pipeline(ModalityFlattener(allow_nan=True), SimpleImputer())
    assert np.isfinite(model.fit_transform(X)).all()
    X["face"][3, 1] = np.inf
    with pytest.raises(ValueError, match="face contains infinity"):
        model.fit(X)


def test_the_flattener_names_and_counts_the_columns_of_a_table(X):
    table = pd.DataFrame(X["face"], columns=["a", "b", "c"])
    flat = ModalityFlattener().fit(table)
    assert flat.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="same order"):
        flat.transform(table[["c", "b", "a"]])
    with pytest.raises(ValueError, match="2 features, but ModalityFlattener is expect"):
        ModalityFlattener().fit(X["face"]).transform(X["face"][:, :2])
    assert ModalityFlattener().fit(X).n_features_in_ == 4 * 16 + 3


def test_other_shapes_than_in_fit_are_named():
    X = Modalities(eeg=np.ones((4, 2, 3)), baseline=np.ones((4, 2, 3)))
    removal = BaselineRemoval().fit(X)
    longer = Modalities(eeg=np.ones((4, 5, 3)), baseline=np.ones((4, 1, 3)))
    assert removal.transform(longer)["eeg"].shape == (4, 5, 3)
    wider = Modalities(eeg=np.ones((4, 2, 4)), baseline=np.ones((4, 2, 4)))
    with pytest.raises(ValueError, match=r"4 values per window.* fitted on 3"):
        removal.transform(wider)
    standardizer = SubjectStandardizer().fit(Modalities(**X, subject=[0, 0, 1, 1]))
    with pytest.raises(ValueError, match=r"'eeg': \(2, 4\).*fitted on.*\(2, 3\)"):
        standardizer.transform(Modalities(**wider, subject=[0, 0, 1, 1]))


class Reader:
    """Recording that returns its signals by `get_data`, as the objects of MNE do."""

    def get_data(self, units=None):
        return np.ones((4, 2, 32))


class Recordings(Reader):
    """Like the Epochs of MNE, a part of it is an object of the same kind."""

    def __len__(self):
        return 4

    def __getitem__(self, key):
        return Recordings()


@pytest.mark.parametrize(
    "estimator",
    [AverageReference(), ModalityFlattener(), DGCNN(max_epochs=1, device="cpu")],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.parametrize("X", [Reader(), [Recordings()] * 4], ids=["object", "list"])
def test_recordings_in_place_of_an_array_are_named(estimator, X):
    with pytest.raises(ValueError, match=r'Re\w+.*get_data\(units="uV"\)'):
        clone(estimator).fit(X, [0, 1, 0, 1])


def test_epochs_in_cross_validation_are_named():
    info = mne.create_info(4, 128.0, "eeg")
    epochs = mne.EpochsArray(np.ones((8, 4, 256)), info, verbose=False)
    for model in (make_svm(), EEGNet(max_epochs=1, device="cpu")):
        with pytest.raises(ValueError, match=r'EpochsArray.*get_data\(units="uV"\)'):
            cross_val_score(model, epochs, [0, 1] * 4, cv=2, error_score="raise")
