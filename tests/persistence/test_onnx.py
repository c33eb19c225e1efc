"""Exported networks predict the same in onnxruntime."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from _cases import CASES, TWINS, labels, noise, several
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from torch import nn

import sklearn_emotion as se
from sklearn_emotion import export_onnx
from sklearn_emotion.base import Input, NetClassifier

onnxruntime = pytest.importorskip("onnxruntime", reason="needs the extra onnx")
pytest.importorskip("onnx", reason="needs the extra onnx")
pytest.importorskip("onnxscript", reason="needs the extra onnx")

Y = np.arange(8) % 2
CASE = {case.id: case for case in CASES}
CLASSIFIERS = [case for case in CASES if case.is_network and case.classifies]
REGRESSORS = [twin for _, twin in TWINS]


def estimator(name, **params):
    return clone(CASE[name].estimator).set_params(**params)


def pixels(*shape):
    return lambda rng: rng.integers(256, size=shape, dtype=np.uint8)


def prediction(model, X):
    method = "predict_proba" if hasattr(model, "classes_") else "predict"
    y = getattr(model, method)(X)
    return y.reshape(len(y), -1)


def session_of(model, folder):
    export_onnx(model, folder / "model.onnx")
    return onnxruntime.InferenceSession(folder / "model.onnx")


def assert_graph_predicts(model, X, folder):
    """Compare whole batches, parts of them and single samples."""
    session = session_of(model, folder)
    # What the network receives before scaling.
    arrays = model._checked(X, reset=False)
    unit = getattr(model, "target_scale_", 1.0)
    expected = prediction(model, X) / unit
    for part in (slice(0, 1), slice(2, 7), slice(None)):
        (found,) = session.run(None, {key: x[part] for key, x in arrays.items()})
        np.testing.assert_allclose(found / unit, expected[part], rtol=0, atol=1e-5)


@pytest.mark.parametrize("case", CLASSIFIERS, ids=lambda c: c.id)
def test_every_classifier_predicts_the_same_in_onnxruntime(case, tmp_path):
    X = case.data()
    model = clone(case.estimator).fit(X, labels(case))
    assert_graph_predicts(model, X, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("case", REGRESSORS, ids=lambda c: c.id)
def test_every_regressor_predicts_the_same_in_onnxruntime(case, tmp_path):
    X = case.data()
    model = clone(case.estimator).fit(X, np.linspace(1, 9, 8))
    assert_graph_predicts(model, X, tmp_path)


def test_ratings_have_the_unit_of_the_targets(tmp_path):
    X = CASE["EEGNet"].data()
    y = np.column_stack([np.linspace(1e4, 2e4, 8), np.linspace(0.9, 0.1, 8)])
    model = estimator("EEGNetRegressor").fit(X, y)
    assert_graph_predicts(model, X, tmp_path)


SETTINGS = {
    "three classes": ("EEGNet", {}, noise(9, 4, 128)),
    "without scaling": ("DGCNN", {"standardize": False}, noise(8, 2, 4, 6)),
    "outputs for each step": (
        "ThreeFACRNN",
        {"head": "per_step"},
        noise(8, 2, 4, 9, 9),
    ),
    "bytes": ("VisualCNN", {}, pixels(8, 3, 24, 24)),
    "joined signals": (
        "DeepVANet",
        {"modalities": ("face", "eeg", "ecg")},
        several(face=pixels(8, 2, 3, 64, 64), eeg=noise(8, 3, 32), ecg=noise(8, 1, 32)),
    ),
    "windows are averaged": ("ContinuousCNN", {}, noise(8, 3, 4, 9, 9)),
    "uniform policy": (
        "HierarchicalAttentionLSTM",
        {"policy": "uniform", "max_steps": 2},
        several(face=pixels(8, 9, 3, 24, 24), eeg=noise(8, 9, 3, 8, 8)),
    ),
}


SLOW = {"joined signals", "uniform policy"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in SETTINGS],
)
def test_settings_and_layouts_are_part_of_the_graph(name, tmp_path):
    network, params, make = SETTINGS[name]
    X = make(np.random.default_rng(0))
    y = np.arange(9) % 3 if len(X) == 9 else Y
    model = estimator(network, **params).fit(X, y)
    assert_graph_predicts(model, X, tmp_path)


def test_decision_fusion_is_part_of_the_graph(tmp_path):
    X = several(face=pixels(8, 2, 3, 64, 64), bio=noise(8, 4, 32))(
        np.random.default_rng(0)
    )
    model = estimator("DeepVANet").fit(X, Y)
    model.set_params(fusion="decision")
    # Fit the two heads alone. The weights, which cross-validation finds, are given.
    NetClassifier.fit(model, X, Y)
    model.estimator_weights_ = np.array([0.8, 0.3])
    assert_graph_predicts(model, X, tmp_path)


def test_padding_stays_zero_in_the_graph(tmp_path):
    X = CASE["ThreeFACRNN"].data()
    X[..., ::2, :] = 0
    model = estimator("ThreeFACRNN").fit(X, Y)
    assert_graph_predicts(model, X, tmp_path)


@pytest.mark.parametrize("name", ["TSception", "EEGNet", "ACRNN"])
def test_the_graph_has_the_rate_and_the_channels_of_the_data(name, tmp_path):
    bare = noise(8, 4, 500)(np.random.default_rng(0))
    X = se.SignalArray(bare, 250.0, ["F3", "T8", "T7", "F4"])
    network = getattr(se, name)
    model = network(max_epochs=1, random_state=0).fit(X, Y)
    assert_graph_predicts(model, X, tmp_path)
    # The last step of a pipeline receives the description of the step before.
    pipe = make_pipeline(se.BandpassFilter(), network(max_epochs=1, random_state=0))
    pipe.fit(X, Y)
    assert pipe[-1].sfreq_ == 250.0
    assert_graph_predicts(pipe[-1], pipe[:-1].transform(X), tmp_path)


def test_names_types_and_classes_are_in_the_file(tmp_path):
    X = several(face=pixels(8, 2, 3, 64, 64), bio=noise(8, 4, 32))(
        np.random.default_rng(0)
    )
    model = estimator("DeepVANet").fit(X, np.array(["low", "high"])[Y])
    session = session_of(model, tmp_path)
    inputs = {i.name: (i.type, i.shape[1:]) for i in session.get_inputs()}
    assert inputs == {
        "face": ("tensor(uint8)", [2, 3, 64, 64]),
        "bio": ("tensor(float)", [4, 32]),
    }
    assert all(isinstance(i.shape[0], str) for i in session.get_inputs())
    assert [o.name for o in session.get_outputs()] == ["probabilities"]
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["classes"]) == ["high", "low"]
    assert metadata["estimator"] == "DeepVANet"
    assert metadata["sklearn_emotion"] == se.__version__


def test_export_changes_neither_the_network_nor_random_numbers(tmp_path):
    X = CASE["TSception"].data()
    model = estimator("TSception").fit(X, Y)
    torch.manual_seed(3)
    before = torch.get_rng_state(), model.predict_proba(X)
    export_onnx(model, tmp_path / "model.onnx")
    np.testing.assert_array_equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(model.predict_proba(X), before[1])
    assert model.net_.module_.temporal[0].works_in_blocks


class LinearModule(nn.Module):
    def __init__(self, n_values, n_outputs, does):
        super().__init__()
        self.does = does
        self.classifier = nn.Linear(n_values, n_outputs)

    def forward(self, eeg):
        if self.does == "decide" and eeg.sum() > 0:
            eeg = 2 * eeg
        if self.does == "len":
            return self.classifier(eeg.reshape(len(eeg), -1))
        return self.classifier(eeg.flatten(1))


class OwnNetwork(NetClassifier):
    """Network of a user, whose module may contain what ONNX does not have."""

    does = None

    def _inputs(self):
        return {"eeg": Input(("n_channels", "n_times"), pooled=(2,))}

    def _module(self, shapes, n_outputs):
        n_values = int(np.prod(shapes["eeg"]))
        arguments = {"n_values": n_values, "n_outputs": n_outputs, "does": self.does}
        return LinearModule, arguments


class Sharper(OwnNetwork):
    def _outputs(self, X):
        return 3 * super()._outputs(X)


class Deciding(OwnNetwork):
    does = "decide"


class FixedBatch(OwnNetwork):
    does = "len"


def fitted(network):
    X = noise(8, 3, 5)(np.random.default_rng(0))
    return network(max_epochs=1, random_state=0, device="cpu").fit(X, Y), X


def test_a_network_of_a_user_is_exported(tmp_path):
    model, X = fitted(OwnNetwork)
    assert_graph_predicts(model, X, tmp_path)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (Sharper, "differ from the network.*override _graph_outputs"),
        (Deciding, "ONNX cannot represent this Deciding.*depend on values"),
        (FixedBatch, r"on a batch of 1: .*use x\.shape\[0\] in place of len"),
    ],
)
def test_a_graph_that_is_not_the_network_is_refused(network, message, tmp_path):
    model, _ = fitted(network)
    with pytest.raises(RuntimeError, match=f"(?s){message}"):
        export_onnx(model, tmp_path / "model.onnx")
    assert not any(tmp_path.iterdir())


def test_only_fitted_networks_are_exported(tmp_path):
    model, _ = fitted(OwnNetwork)
    with pytest.raises(TypeError, match=r"export_onnx\(pipeline\[-1\], path\)"):
        export_onnx(make_pipeline(model), tmp_path / "model.onnx")
    with pytest.raises(NotFittedError):
        export_onnx(clone(model), tmp_path / "model.onnx")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        export_onnx(model, tmp_path / "absent" / "model.onnx")


def test_a_missing_extra_is_named():
    code = (
        "import sys; sys.modules['onnxscript'] = None\n"
        "from sklearn_emotion.persistence._onnx import _import_extra\n"
        "try:\n    _import_extra()\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "sklearn_emotion[onnx]" in done.stdout
