"""Saving and loading of fitted estimators without pickles."""

import copy
import json
import platform
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from pkgutil import resolve_name

from packaging.version import Version
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils.metadata_routing import MetadataRequest
from sklearn.utils.validation import check_is_fitted

import sklearn_emotion
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import warn_user
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.persistence._docs import TEXTS
from sklearn_emotion.persistence._file import (
    MODEL,
    VERSIONS,
    WEIGHTS,
    ModelFileError,
    check_skops_file,
    read_members,
    write_members,
)
from sklearn_emotion.persistence._trusted import full_name, is_trusted

# Number of the layout of the file. A newer layout is refused.
_FORMAT = 1


@fill_doc(TEXTS)
def save_model(model, path):
    """Save a fitted estimator or pipeline to a file that contains no code.

    The file is a zip archive. It contains the estimator in the format of skops, the
    weights of its networks in the format of safetensors, and the versions of the
    libraries. The state of training, such as the optimizer, is not saved.

    Read more in the :ref:`User Guide <save_and_deploy>`.

    Parameters
    ----------
    model : estimator
        Fitted estimator, pipeline, search or ensemble.

    %(path)s

    Raises
    ------
    TypeError
        If the model contains an object that the file cannot represent, such as a
        lambda function.
    ValueError
        If parameters that describe a network were changed after `fit`.
    FileNotFoundError
        If the folder does not exist.

    See Also
    --------
    load_model : Load the file.
    export_onnx : Write a network for programs without Python.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from sklearn_emotion import load_model, make_svm, save_model
    >>> X = np.random.default_rng(0).normal(size=(6, 4, 256))
    >>> model = make_svm().fit(X, [0, 1] * 3)
    >>> with TemporaryDirectory() as folder:
    ...     save_model(model, Path(folder, "model.zip"))
    ...     restored = load_model(Path(folder, "model.zip"))
    >>> bool((restored.decision_function(X) == model.decision_function(X)).all())
    True
    """
    # skops examines all estimators of scikit-learn when it is imported.
    from skops.io import dumps, get_untrusted_types

    from sklearn_emotion.networks._stored import WeightWriter, archive_of_weights

    if isinstance(model, type) or not hasattr(model, "fit"):
        raise TypeError(f"model must be a fitted estimator, got {model!r}.")
    check_is_fitted(model)
    with archive_of_weights(WeightWriter()) as archive:
        try:
            content = dumps(_without_cycles(model))
        except (TypeError, AttributeError, RuntimeError) as error:
            raise TypeError(
                f"This {type(model).__name__} contains an object that the file cannot "
                f"represent ({error}). Remove it, for example with "
                "set_params(callbacks=None), or use a pickle."
            ) from error
    others = [n for n in get_untrusted_types(data=content) if not is_trusted(n)]
    _check_storable(others)
    members = {MODEL: content}
    if archive.weights:
        members[WEIGHTS] = archive.to_bytes()
    versions = {
        "format": _FORMAT,
        "sklearn_emotion": sklearn_emotion.__version__,
        "libraries": _versions(_libraries(members)),
    }
    written = json.dumps(versions, indent=1).encode()
    write_members(path, {VERSIONS: written, **members})


def _without_cycles(model):
    """Return a copy of a model whose requests for metadata name their estimators.

    In the model, they contain the estimators, which contain them. skops stores no such
    cycles. Networks are not copied, since their weights are in the archive.
    """
    copies = {}
    model = copy.deepcopy(model, copies)
    for request in copies.values():
        if isinstance(request, MetadataRequest):
            name = type(request.owner).__name__
            for part in (request, *vars(request).values()):
                if hasattr(part, "owner"):
                    part.owner = name
    return model


def _check_storable(names):
    """Check that types can be found again, and that skops keeps their values."""
    for name in names:
        if name == full_name(Modalities):
            raise TypeError(
                "The model contains Modalities, which the file cannot represent. Let "
                "your estimator keep dict(X) in place of X."
            )
        if name.startswith("torch."):
            raise TypeError(
                f"The model contains an object of type {name} outside a network of "
                "this library. The file cannot represent it. Remove it, for example "
                "with set_params(callbacks=None), or use a pickle."
            )
        try:
            resolve_name(name)
        except (ImportError, AttributeError, ValueError) as error:
            raise TypeError(
                f"The model contains {name}, which cannot be found again under this "
                "name. Define functions and classes at the top of a module. A lambda "
                "function has no name."
            ) from error


def _libraries(members):
    """Return the libraries whose version may change the predictions of a model."""
    names = ["numpy", "scipy", "scikit-learn"]
    if WEIGHTS in members:
        names.append("torch")
    if b'"pyriemann.' in members[MODEL]:
        names.append("pyriemann")
    return names


def _versions(names):
    """Return the versions of Python and of libraries, without the kind of the build."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python} | {name: Version(version(name)).public for name in names}


@fill_doc(TEXTS)
def load_model(path, trusted=None):
    """Load an estimator that :func:`save_model` wrote.

    No code from the file is run. An estimator of this library, scikit-learn or
    pyriemann gives the same predictions as before, to the bit, if the versions of the
    libraries, the processor and the number of threads are the same. Networks are put on
    the device that their parameter `device` names, or on the CPU if this machine does
    not have the device.

    Read more in the :ref:`User Guide <save_and_deploy>`.

    Parameters
    ----------
    path : str or path-like
        Name of the file.

    trusted : list of str or type, default=None
        Further types that the file may contain, such as your own transformers, by their
        full name or as classes or functions. Their modules are imported. Only trust
        types that you know.

    Returns
    -------
    model : estimator
        Fitted estimator. Its networks can predict, and they can be fitted again from
        the start. Their training cannot be continued.

    Raises
    ------
    ModelFileError
        If the file is damaged, comes from a newer version of the library, or contains
        a type that is not trusted.

    Warns
    -----
    UserWarning
        If the versions of the libraries differ from those that saved the model, or if
        this machine lacks the device of a network.

    See Also
    --------
    save_model : Save a fitted estimator.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from sklearn_emotion import DGCNN, load_model, save_model
    >>> X = np.random.default_rng(0).normal(size=(6, 1, 4, 8))
    >>> model = DGCNN(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 3)
    >>> with TemporaryDirectory() as folder:
    ...     save_model(model, Path(folder, "model.zip"))
    ...     restored = load_model(Path(folder, "model.zip"))
    >>> bool((restored.predict_proba(X) == model.predict_proba(X)).all())
    True
    """
    from skops.io import get_untrusted_types, loads

    if isinstance(trusted, (str, bool)):
        raise TypeError(f"trusted must be a list of types or names, got {trusted!r}.")
    given = {n if isinstance(n, str) else full_name(n) for n in trusted or ()}
    with _refusing(path):
        members = read_members(path)
        versions = json.loads(members[VERSIONS])
        _check_age(path, versions)
        check_skops_file(members[MODEL])
        found = set(get_untrusted_types(data=members[MODEL]))
    unknown = sorted(n for n in found - given if not is_trusted(n))
    if unknown:
        raise ModelFileError(
            f"{path} contains types that are not trusted: {', '.join(unknown)}. Do not "
            "load the file if you do not know where it comes from. If you trust these "
            f"types, pass trusted={unknown}."
        )
    _compare_versions(path, versions["libraries"])
    with _refusing(path), _archive(members.get(WEIGHTS)), warnings.catch_warnings():
        # The versions have been compared, and one warning is enough.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        return loads(members[MODEL], trusted=sorted(found))


@contextmanager
def _refusing(path):
    """Turn what a file causes into a ModelFileError, since it can cause any error."""
    try:
        yield
    except (ModelFileError, OSError, ImportError, Warning):
        raise
    except Exception as error:
        raise ModelFileError(
            f"{path} cannot be read as a model: {error or type(error).__name__}."
        ) from error


@contextmanager
def _archive(weights):
    """Return networks from these weights inside the block. None stands for none."""
    if weights is None:
        yield
        return
    from sklearn_emotion.networks._stored import WeightReader, archive_of_weights

    with archive_of_weights(WeightReader.from_bytes(weights)):
        yield


def _check_age(path, versions):
    """Check that neither the file's layout nor its library is newer than this one."""
    newer = Version(versions["sklearn_emotion"]) > Version(sklearn_emotion.__version__)
    if newer or versions["format"] > _FORMAT:
        raise ModelFileError(
            f"{path} was saved by sklearn_emotion {versions['sklearn_emotion']}, which "
            f"is newer than this version, {sklearn_emotion.__version__}. Update the "
            "library to load the file."
        )


def _compare_versions(path, saved):
    here = _versions([name for name in saved if name != "python"])
    changed = [
        f"{name} {saved[name]} (now {here[name]})"
        for name in saved
        if saved[name] != here[name]
    ]
    if changed:
        warn_user(
            f"{path} was saved with other versions: {', '.join(changed)}. Predictions "
            "may differ. Install the same versions, or compare predictions on known "
            "samples before you use the model."
        )
