"""Export of networks to ONNX, for programs without Python."""

import json
import warnings

import numpy as np
from sklearn.utils.validation import check_is_fitted

import sklearn_emotion
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.persistence._docs import TEXTS
from sklearn_emotion.persistence._file import write_file

# Largest difference between the predictions of the graph and of the network. Ratings
# are compared in units of the standard deviation of the training targets.
_TOLERANCE = 1e-5
# Sizes of the batches that are compared.
_BATCHES = (1, 4)


@fill_doc(TEXTS)
def export_onnx(model, path):
    """Write a fitted network to a file of ONNX.

    The graph contains the scaling of the input, the network, and the softmax or the
    scaling of the ratings. The number of samples is free. Before the file is written,
    onnxruntime runs the graph on random samples, and its predictions are compared with
    those of the network.

    Read more in the :ref:`User Guide <export_onnx>`.

    Parameters
    ----------
    model : NetClassifier or NetRegressor
        Fitted network. Other steps of a pipeline are not part of the graph.

    %(path)s

    Raises
    ------
    TypeError
        If the model is not a network.
    ImportError
        If the packages of the extra ``onnx`` are not installed.
    RuntimeError
        If ONNX cannot represent the network, or if the predictions differ by more than
        1e-5 (ratings: 1e-5 standard deviations of the training targets).

    See Also
    --------
    save_model : Save an estimator for Python.

    Notes
    -----
    The inputs of the graph have the names of the modalities. They are float32, or uint8
    if the network was fitted on pixels of this type. The output has shape
    (n_samples, n_classes) and the name ``probabilities``, or shape
    (n_samples, n_outputs) and the name ``ratings``. The classes are in the metadata of
    the file as JSON, under the key ``classes``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from sklearn_emotion import EEGNet, export_onnx
    >>> X = np.random.default_rng(0).normal(size=(6, 4, 128)).astype("float32")
    >>> model = EEGNet(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 3)
    >>> with TemporaryDirectory() as folder:
    ...     export_onnx(model, Path(folder, "model.onnx"))  # doctest: +SKIP
    """
    from sklearn_emotion.networks._estimator import NetEstimator

    if not isinstance(model, NetEstimator):
        raise TypeError(
            f"export_onnx takes a network of this library, got {type(model).__name__}. "
            "Pass the network alone, for example the last step of a pipeline: "
            "export_onnx(pipeline[-1], path). The input of the graph is then the "
            "output of the steps before."
        )
    check_is_fitted(model)
    _import_extra()
    from sklearn_emotion.networks._graph import trace

    name = type(model).__name__
    try:
        with warnings.catch_warnings():
            # They concern PyTorch's own code. The graph is checked below.
            warnings.simplefilter("ignore")
            graph = trace(model)
    except Exception as error:
        raise RuntimeError(
            f"ONNX cannot represent this {name}: {error}. If its module is your own, "
            "replace operations that ONNX does not have, and decisions that depend on "
            "values of the data."
        ) from error
    _add_metadata(graph, model)
    content = graph.SerializeToString()
    _check(content, model)
    write_file(path, content)


def _import_extra():
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"export_onnx needs the package {error.name}. Install the extra: pip "
            'install "sklearn_emotion[onnx]".'
        ) from error


def _add_metadata(graph, model):
    entries = {"sklearn_emotion": sklearn_emotion.__version__}
    entries["estimator"] = type(model).__name__
    if hasattr(model, "classes_"):
        entries["classes"] = json.dumps(model.classes_.tolist())
    for key, value in entries.items():
        graph.metadata_props.add(key=key, value=value)


def _check(content, model):
    """Compare the predictions of the graph with those of the network."""
    from sklearn_emotion.networks._graph import example_arrays, predict_directly

    name = type(model).__name__
    for n_samples in _BATCHES:
        arrays = example_arrays(model, n_samples, seed=n_samples)
        try:
            found = _run(content, arrays)
        except Exception as error:
            raise RuntimeError(
                f"onnxruntime cannot run the graph of this {name} on a batch of "
                f"{n_samples}: {error}. If its module is your own, use x.shape[0] in "
                "place of len(x), which makes the size of the batch a constant."
            ) from error
        expected = predict_directly(model, arrays)
        unit = getattr(model, "target_scale_", 1.0)
        difference = float(np.max(np.abs(found - expected) / unit))
        if not difference <= _TOLERANCE:
            raise RuntimeError(
                f"The predictions of the graph of this {name} differ from the network "
                f"by {difference:.1e}, which is more than {_TOLERANCE}. If you "
                "overrode _outputs, override _graph_outputs too."
            )


def _run(content, arrays):
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, arrays)[0]
