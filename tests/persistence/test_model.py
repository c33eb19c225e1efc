"""Saved models predict the same in another process, and bad files are refused."""

import json
import os
import subprocess
import sys
import warnings
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import sklearn
import torch
from _cases import CASES, labels, noise, several
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_files
from sklearn.ensemble import (
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    TunedThresholdClassifierCV,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import sklearn_emotion as se
from sklearn_emotion import load_model, save_model
from sklearn_emotion.persistence import ModelFileError
from sklearn_emotion.persistence._file import MODEL, VERSIONS, WEIGHTS, write_members

GROUPS = np.arange(8) // 2
NAMES = ["F3", "F4", "T7", "T8"]
Y = np.arange(8) % 2
CASE = {case.id: case for case in CASES}


class OwnClassifier(ClassifierMixin, BaseEstimator):
    """Classifier of a user, which predicts the first class."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


def double(X):
    return 2 * X


def output(model, X):
    methods = ("predict_proba", "decision_function", "predict", "transform")
    method = next(name for name in methods if hasattr(model, name))
    return getattr(model, method)(X)


def assert_same(first, second):
    if not isinstance(first, se.Modalities):
        first, second = {"X": first}, {"X": second}
    assert list(first) == list(second)
    for key in first:
        np.testing.assert_array_equal(first[key], second[key])


def data(name):
    return CASE[name].data()


def estimator(name, **params):
    return clone(CASE[name].estimator).set_params(**params)


def with_face():
    return several(eeg=noise(8, 2, 4, 9, 9), face=noise(8, 2, 3, 48, 48))(
        np.random.default_rng(0)
    )


def fit_search():
    search = GridSearchCV(
        estimator("DGCNN"), {"lr": [1e-3, 1e-2]}, cv=GroupKFold(2), scoring="f1_macro"
    )
    return search.fit(data("DGCNN"), Y, groups=GROUPS), data("DGCNN")


def fit_hoisted_search():
    X = noise(8, 4, 256)(np.random.default_rng(0))
    grid = {"features__window": [1.0, None], "svm__C": [0.1, 1.0]}
    search = se.HoistedGridSearchCV(se.make_svm(), grid, cv=LeaveOneGroupOut())
    return search.fit(X, Y, groups=GROUPS), X


def fit_own_splitter():
    cv = se.PaperProtocol("deepvanet-inter-subject")
    search = GridSearchCV(
        estimator("DGCNN"), {"lr": [1e-3]}, cv=[(np.arange(4), np.arange(4, 8))]
    )
    search.fit(data("DGCNN"), Y)
    return search.set_params(cv=cv), data("DGCNN")


def fit_calibrated(method):
    model = CalibratedClassifierCV(estimator("DGCNN"), method=method, cv=2)
    return model.fit(data("DGCNN"), Y), data("DGCNN")


def fit_voting():
    members = [("a", estimator("DGCNN")), ("b", estimator("GraphSleepNet"))]
    model = VotingClassifier(members, voting="soft")
    return model.fit(data("DGCNN"), Y), data("DGCNN")


def fit_stacking():
    members = [("a", estimator("DGCNN")), ("b", estimator("GraphSleepNet"))]
    return StackingClassifier(members, cv=2).fit(data("DGCNN"), Y), data("DGCNN")


def fit_pipeline():
    X = noise(8, 4, 256)(np.random.default_rng(0))
    model = make_pipeline(
        se.BandpassFilter(),
        se.DifferentialEntropy(),
        FunctionTransformer(np.tanh, validate=False),
        estimator("DGCNN"),
    )
    return model.fit(X, Y), X


def fit_cca_pipeline():
    X = data("DeepCCA")
    model = make_pipeline(estimator("DeepCCA"), StandardScaler(), LogisticRegression())
    return model.fit(X, Y), X


def fit_riemann():
    X = noise(8, 4, 256)(np.random.default_rng(0))
    return se.make_riemann().fit(X, Y), X


def fit_teacher():
    X = with_face()
    teacher = estimator("VisualCNNTCN", n_features=128, random_state=None)
    return estimator("ThreeFACRNN", teacher=teacher).fit(X, Y), X


def fit_frozen_teacher():
    X = with_face()
    teacher = estimator("VisualCNNTCN", n_features=128).fit(X["face"], Y)
    return estimator("ThreeFACRNN", teacher=FrozenEstimator(teacher)).fit(X, Y), X


def fit_decision_fusion():
    X = data("DeepVANet")
    cnn = estimator("VisualCNN").fit(X["face"][:, 0], Y)
    model = estimator("DeepVANet", fusion="decision", face_cnn=FrozenEstimator(cnn))
    with warnings.catch_warnings():
        # One epoch on noise may give both branches the weight 0.
        warnings.filterwarnings("ignore", "No branch decides better")
        model.fit(X, Y, groups=np.arange(8))
    model.estimator_weights_ = np.array([0.3, 0.7])
    return model, X


def fit_with_objects():
    """Parameters that are objects: a generator, an optimizer and a device."""
    model = estimator(
        "DGCNN",
        random_state=np.random.RandomState(3),
        optimizer=torch.optim.SGD,
        device=torch.device("cpu"),
        net_params={"module__dropout": 0.25},
        class_weight={"high": 1.0, "low": 2.0},
    )
    return model.fit(data("DGCNN"), np.array(["high", "low"])[Y]), data("DGCNN")


def fit_with_request():
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(estimator("DGCNN").set_fit_request(groups=True))
        return model.fit(data("DGCNN"), Y, groups=GROUPS), data("DGCNN")


def fit_rescaled_target():
    X = data("EEGNet")
    model = TransformedTargetRegressor(estimator("EEGNetRegressor"), func=np.exp)
    model.set_params(inverse_func=np.log, check_inverse=False)
    return model.fit(X, np.linspace(0, 1, 8)), X


def fit_several_ratings():
    X = data("DGCNN")
    y = np.column_stack([np.linspace(1, 9, 8), np.linspace(9, 1, 8)])
    return estimator("DGCNNRegressor").fit(X, y), X


def fit_step(*steps):
    """A pipeline of steps of scikit-learn after the features."""
    X, y = np.random.default_rng(0).normal(size=(24, 4, 128)), np.arange(24) % 2
    features = make_pipeline(se.DifferentialEntropy(), se.ModalityFlattener())
    return make_pipeline(features, *steps).fit(X, y), X


COMPOSED = {
    "imputer": lambda: fit_step(SimpleImputer(), LogisticRegression()),
    "threshold": lambda: fit_step(
        TunedThresholdClassifierCV(LogisticRegression(), cv=2)
    ),
    "adam": lambda: fit_step(MLPClassifier((3,), max_iter=200, tol=0.1)),
    "sgd": lambda: fit_step(MLPClassifier((3,), solver="sgd", max_iter=200, tol=0.1)),
    "search": fit_search,
    "hoisted search": fit_hoisted_search,
    "own splitter": fit_own_splitter,
    "sigmoid": lambda: fit_calibrated("sigmoid"),
    "isotonic": lambda: fit_calibrated("isotonic"),
    "voting": fit_voting,
    "stacking": fit_stacking,
    "pipeline": fit_pipeline,
    "deep CCA": fit_cca_pipeline,
    "riemann": fit_riemann,
    "teacher": fit_teacher,
    "frozen teacher": fit_frozen_teacher,
    "decision fusion": fit_decision_fusion,
    "objects": fit_with_objects,
    "request": fit_with_request,
    "rescaled target": fit_rescaled_target,
    "several ratings": fit_several_ratings,
}


def reloaded(model, folder):
    save_model(model, folder / "model.zip")
    return load_model(str(folder / "model.zip"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_every_estimator_gives_the_same_output_after_loading(case, tmp_path):
    X, y = case.data(), labels(case)
    model = clone(case.estimator).fit(X, y)
    expected = output(model, X)
    restored = reloaded(model, tmp_path)
    assert_same(output(restored, X), expected)
    assert repr(restored) == repr(model)


@pytest.mark.parametrize("name", COMPOSED)
def test_models_that_contain_others_give_the_same_output_after_loading(name, tmp_path):
    model, X = COMPOSED[name]()
    expected = output(model, X)
    restored = reloaded(model, tmp_path)
    assert_same(output(restored, X), expected)
    again = reloaded(restored, tmp_path)
    assert_same(output(again, X), expected)


def described(rate, names=NAMES):
    bare = noise(8, 4, 500)(np.random.default_rng(0))
    return se.SignalArray(bare, rate, names)


def fit_described(**values):
    """A pipeline that reads the rate and the channels, or in which they are stated."""
    rate = {k: v for k, v in values.items() if k == "sfreq"}
    names = {k: v for k, v in values.items() if k == "ch_names"}
    model = make_pipeline(
        se.BandpassFilter(**rate),
        se.DifferentialEntropy(**rate),
        se.GridProjector9x9(**names),
        se.ModalityFlattener(),
        LogisticRegression(),
    )
    return model.fit(described(250.0), Y)


def test_what_was_read_from_the_data_is_in_the_file(tmp_path):
    model, X = fit_described(), described(250.0)
    restored = reloaded(model, tmp_path)
    assert restored[1].sfreq == "auto"
    assert [restored[0].sfreq_, restored[1].sfreq_] == [250.0, 250.0]
    assert restored[2].ch_names_ == NAMES
    expected = model.predict_proba(X)
    for given in (X, np.asarray(X)):
        np.testing.assert_array_equal(restored.predict_proba(given), expected)
    with pytest.raises(ValueError, match="BandpassFilter was fitted at 250 Hz"):
        restored.predict(described(128.0))
    with pytest.raises(ValueError, match=r"of the data that .* was fitted on"):
        restored.predict(described(250.0, NAMES[::-1]))


@pytest.mark.parametrize("name", ["TSception", "EEGNet", "ACRNN"])
def test_networks_keep_the_rate_and_the_channels_in_the_file(name, tmp_path):
    X = described(250.0)
    model = getattr(se, name)(max_epochs=1, random_state=0).fit(X, Y)
    restored = reloaded(model, tmp_path)
    assert restored.sfreq_ == 250.0
    expected = model.predict_proba(X)
    for given in (X, np.asarray(X)):
        np.testing.assert_array_equal(restored.predict_proba(given), expected)
    with pytest.raises(ValueError, match="was fitted at 250 Hz"):
        restored.predict(described(128.0))


def test_files_from_before_rates_were_read_still_work(tmp_path):
    """Such files state all values, and contain none that `fit` has read."""
    model, X = fit_described(sfreq=250.0, ch_names=NAMES), described(250.0)
    network = se.TSception(sfreq=250.0, ch_names=NAMES, max_epochs=1, random_state=0)
    network.fit(X, Y)
    expected = model.predict_proba(X), network.predict_proba(X)
    for part in (*(step for _, step in model.steps), network):
        for attribute in ("sfreq_", "ch_names_", "_channels_in_fit"):
            vars(part).pop(attribute, None)
    for old, proba in zip((model, network), expected):
        restored = reloaded(old, tmp_path)
        for given in (X, np.asarray(X)):
            np.testing.assert_array_equal(restored.predict_proba(given), proba)
        with pytest.raises(ValueError, match="has sfreq=250"):
            restored.predict(described(128.0))
    names = reloaded(model, tmp_path)[1].get_feature_names_out(NAMES)
    assert names[0] == "w0_theta_F3"


CHILD = """
import sys
from pathlib import Path
import numpy as np
from sklearn_emotion import Modalities, load_model
for path in sorted(Path(sys.argv[1]).glob("*.zip")):
    arrays = dict(np.load(path.with_suffix(".npz")))
    X = arrays["X"] if list(arrays) == ["X"] else Modalities(**arrays)
    np.save(path.with_suffix(".npy"), load_model(path).predict_proba(X))
"""


def test_a_new_process_computes_the_same_probabilities(tmp_path):
    names = ["search", "deep CCA", "teacher", "decision fusion"]
    expected = {}
    for name in names:
        model, X = COMPOSED[name]()
        save_model(model, tmp_path / f"{name}.zip")
        arrays = dict(X) if isinstance(X, se.Modalities) else {"X": X}
        np.savez(tmp_path / f"{name}.npz", **arrays)
        expected[name] = model.predict_proba(X)
    environment = os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD, tmp_path],
        env=environment,
        check=True,
    )
    for name in names:
        found = np.load(tmp_path / f"{name}.npy")
        np.testing.assert_array_equal(found, expected[name])


@pytest.fixture
def model():
    return estimator("DGCNN").fit(data("DGCNN"), Y)


@pytest.fixture
def path(model, tmp_path):
    save_model(model, tmp_path / "model.zip")
    return tmp_path / "model.zip"


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, **changes):
    """Write the file again with some members changed and a matching checksum."""
    names = {"versions": VERSIONS, "model": MODEL, "weights": WEIGHTS}
    members = members_of(path) | {names[k]: v for k, v in changes.items()}
    write_members(path, members)


def test_a_loaded_network_keeps_its_history_and_can_be_fitted_again(model, path):
    restored = load_model(path)
    assert restored.net_.history[:, "train_loss"] == model.net_.history[:, "train_loss"]
    X = data("DGCNN")
    first, second = (m.fit(X, Y).predict_proba(X) for m in (model, restored))
    np.testing.assert_array_equal(first, second)


def test_saving_and_loading_draw_no_random_numbers(model, tmp_path):
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    before = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    reloaded(model, tmp_path)
    after = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    for first, second in zip(before, after):
        np.testing.assert_array_equal(first, second)


def test_weights_of_an_estimator_in_several_places_are_stored_once(tmp_path):
    model, _ = fit_voting()
    save_model(model, tmp_path / "model.zip")
    weights = members_of(tmp_path / "model.zip")[WEIGHTS]
    fitted = [m.net_.module_.state_dict().values() for m in model.estimators_]
    n_bytes = sum(4 * x.numel() for tensors in fitted for x in tensors)
    assert n_bytes < len(weights) < 1.2 * n_bytes + 4096


def test_any_changed_byte_is_found(path):
    content = path.read_bytes()
    n = len(content)
    places = {*range(120), *range(n - 300, n), *range(0, n, n // 200)}
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(ModelFileError, match="checksum does not match"):
            load_model(path)


@pytest.mark.parametrize("kept", [0, 10, 64, 1000, -1], ids=str)
def test_a_file_that_is_cut_off_is_refused(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelFileError, match="changed or cut off"):
        load_model(path)


def test_a_newer_library_or_layout_is_refused(path):
    versions = json.loads(members_of(path)[VERSIONS])
    for change in ({"sklearn_emotion": "999.1"}, {"format": 2}):
        rewrite(path, versions=json.dumps(versions | change).encode())
        with pytest.raises(ModelFileError, match=r"newer than this version.*Update"):
            load_model(path)


def test_other_versions_of_libraries_are_named_in_a_warning(path):
    versions = json.loads(members_of(path)[VERSIONS])
    versions["libraries"]["torch"] = "1.0"
    rewrite(path, versions=json.dumps(versions).encode())
    with pytest.warns(UserWarning, match=r"torch 1\.0 \(now ") as record:
        load_model(path)
    assert len(record) == 1
    assert Path(record[0].filename) == Path(__file__)


def test_a_type_of_the_user_is_refused_until_it_is_trusted(tmp_path):
    path = tmp_path / "model.zip"
    save_model(OwnClassifier().fit(None, Y), path)
    name = f"{OwnClassifier.__module__}.OwnClassifier"
    with pytest.raises(ModelFileError, match=f"not trusted: {name}"):
        load_model(path)
    for trusted in ([name], (OwnClassifier,)):
        assert load_model(path, trusted=trusted).predict([0, 0]).tolist() == [0, 0]
    for wrong in (name, True):
        with pytest.raises(TypeError, match="must be a list"):
            load_model(path, trusted=wrong)


def test_a_function_of_the_user_is_refused_until_it_is_trusted(tmp_path):
    path = tmp_path / "model.zip"
    save_model(FunctionTransformer(double), path)
    with pytest.raises(ModelFileError, match="not trusted"):
        load_model(path)
    assert load_model(path, trusted=[double]).transform(3) == 6


def test_private_and_other_names_of_trusted_packages_are_refused(tmp_path):
    path = tmp_path / "model.zip"
    for function in (load_files, se.make_svm, os.system):
        save_model(FunctionTransformer(function), path)
        with pytest.raises(ModelFileError, match="not trusted"):
            load_model(path)


def test_trees_are_refused_until_they_are_trusted(tmp_path):
    path, X = tmp_path / "model.zip", np.eye(8)
    model = RandomForestClassifier(2, random_state=0).fit(X, Y)
    save_model(model, path)
    with pytest.raises(ModelFileError, match=r"sklearn\.tree\._tree\.Tree"):
        load_model(path)
    restored = load_model(path, trusted=["sklearn.tree._tree.Tree"])
    assert_same(output(restored, X), output(model, X))


def test_a_pickle_is_refused_with_advice(tmp_path):
    import joblib

    joblib.dump(LogisticRegression(), tmp_path / "model.joblib")
    with pytest.raises(ModelFileError, match="If it is a pickle"):
        load_model(tmp_path / "model.joblib")


def test_members_that_do_not_belong_there_are_refused(path):
    members = members_of(path)
    write_members(path, members | {"../escape.py": b"print()"})
    with pytest.raises(ModelFileError, match=r"contains .*escape"):
        load_model(path)
    write_members(path, {VERSIONS: members[VERSIONS]})
    with pytest.raises(ModelFileError, match="contains"):
        load_model(path)


def packed(members, compression):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_compressed_member_is_refused_before_it_is_unpacked(path):
    bomb = packed({"schema.json": bytes(10**7)}, zipfile.ZIP_DEFLATED)
    rewrite(path, model=bomb)
    with pytest.raises(ModelFileError, match=r"schema\.json is compressed"):
        load_model(path)


def test_a_sparse_matrix_that_would_become_huge_is_refused(path):
    matrix = packed({"data.npy": bytes(2**25)}, zipfile.ZIP_DEFLATED)
    rewrite(path, model=packed({"1.npz": matrix}, zipfile.ZIP_STORED))
    with pytest.raises(ModelFileError, match="would become 33554432 bytes"):
        load_model(path)


def with_schema(path, old, new):
    """Replace a text in the schema of the model."""
    with zipfile.ZipFile(BytesIO(members_of(path)[MODEL])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert old in members["schema.json"]
    members["schema.json"] = members["schema.json"].replace(old, new)
    rewrite(path, model=packed(members, zipfile.ZIP_STORED))


@pytest.mark.parametrize("loader", ["ObjectNode", "MethodNode", "TypeNode"])
def test_a_dtype_of_other_numbers_is_refused_before_it_is_built(loader, tmp_path):
    model, _ = fit_step(SimpleImputer(), LogisticRegression())
    save_model(model, tmp_path / "model.zip")
    with_schema(tmp_path / "model.zip", b'"DTypeNode"', f'"{loader}"'.encode())
    with pytest.raises(ModelFileError, match="a dtype that is not the dtype of an arr"):
        load_model(tmp_path / "model.zip")


def test_a_network_of_another_size_is_refused_before_it_takes_memory(tmp_path):
    path = tmp_path / "model.zip"
    save_model(estimator("DGCNN", n_hidden=77).fit(data("DGCNN"), Y), path)
    with_schema(path, b'"content": "77"', b'"content": "7700000000"')
    with pytest.raises(ModelFileError, match=r"weight 'classifier\.weight' of DGCNN"):
        load_model(path)


def test_missing_and_additional_weights_are_refused(path):
    from safetensors.torch import load, save

    weights = load(members_of(path)[WEIGHTS])
    name = next(iter(weights))
    rewrite(path, weights=save({k: x for k, x in weights.items() if k != name}))
    with pytest.raises(ModelFileError, match="the file has nothing"):
        load_model(path)
    rewrite(path, weights=save(weights | {"0.0.more": torch.zeros(3)}))
    with pytest.raises(ModelFileError, match="'more' of DGCNN should be nothing"):
        load_model(path)


def test_parameters_that_changed_after_fit_are_refused(model, tmp_path):
    for changed in (
        model.set_params(order=5),
        fit_cca_pipeline()[0].set_params(deepcca__hidden=(3,)),
    ):
        with pytest.raises(ValueError, match="changed after fit"):
            save_model(changed, tmp_path / "model.zip")
    assert not any(tmp_path.iterdir())


def test_what_no_file_can_represent_is_refused_when_saving(tmp_path):
    path = tmp_path / "model.zip"
    with pytest.raises(TypeError, match="lambda function has no name"):
        save_model(FunctionTransformer(lambda X: X), path)
    with pytest.raises(TypeError, match=r"the file cannot represent.*generator"):
        save_model(FunctionTransformer(kw_args={"a": (x for x in ())}), path)
    with pytest.raises(TypeError, match=r"torch.*load outside a network"):
        save_model(FunctionTransformer(torch.load), path)
    model = OwnClassifier().fit(None, Y)
    model.table_ = torch.ones(3)
    with pytest.raises(TypeError, match=r"the file cannot represent.*Tensor"):
        save_model(model, path)
    model.table_ = se.Modalities(eeg=np.zeros((2, 3)))
    with pytest.raises(TypeError, match=r"keep dict\(X\) in place of X"):
        save_model(model, path)
    assert not path.exists()


def test_models_that_are_no_fitted_estimators_are_refused(tmp_path):
    for wrong in ({"model": 1}, LogisticRegression):
        with pytest.raises(TypeError, match="must be a fitted estimator"):
            save_model(wrong, tmp_path / "model.zip")
    with pytest.raises(NotFittedError):
        save_model(se.make_svm(), tmp_path / "model.zip")


def test_a_missing_folder_and_a_folder_as_the_file_are_named(model, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent does not exist\. Create it"):
        save_model(model, tmp_path / "absent" / "model.zip")
    with pytest.raises(IsADirectoryError, match="Pass the name of a file"):
        save_model(model, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"other\.zip"):
        load_model(tmp_path / "other.zip")


def test_an_interrupted_write_leaves_the_old_file(path, monkeypatch):
    before = path.read_bytes()

    def fail(descriptor):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        save_model(LogisticRegression().fit(np.eye(2), [0, 1]), path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_link_is_replaced_and_its_target_stays(model, tmp_path):
    target, link = tmp_path / "target", tmp_path / "model.zip"
    target.write_text("precious")
    link.symlink_to(target)
    save_model(model, link)
    assert target.read_text() == "precious"
    assert not link.is_symlink()
    load_model(link)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_network_of_a_missing_device_is_loaded_on_the_cpu(model, tmp_path):
    X = data("DGCNN")
    expected = model.predict_proba(X)
    model.device = "cuda"
    with pytest.warns(UserWarning, match="'cuda'.*does not have.*on 'cpu' now"):
        restored = reloaded(model, tmp_path)
    np.testing.assert_array_equal(restored.predict_proba(X), expected)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("name", ["DGCNN", "ThreeFACRNN", "DeepCCA"])
def test_a_model_that_was_fitted_with_cuda_is_loaded_on_the_cpu(name, tmp_path):
    model = estimator(name, device="cuda").fit(data(name), Y)
    save_model(model, tmp_path / "model.zip")
    child = (
        "import sys; from sklearn_emotion import load_model\n"
        "model = load_model(sys.argv[1])\n"
        "networks = getattr(model, 'networks_', None) or [model.net_.module_]\n"
        "print({p.device.type for net in networks for p in net.parameters()})"
    )
    done = subprocess.run(
        [sys.executable, "-c", child, tmp_path / "model.zip"],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "{'cpu'}"
    assert "does not have" in done.stderr


def test_skops_alone_cannot_load_a_network(path):
    import skops.io

    content = members_of(path)[MODEL]
    trusted = skops.io.get_untrusted_types(data=content)
    with pytest.raises(ValueError, match="load_model"):
        skops.io.loads(content, trusted=trusted)
