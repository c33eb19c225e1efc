"""Transformers that loaders apply to whole recordings before they cut them."""

import inspect
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from math import isclose
from numbers import Real

import numpy as np
from sklearn.base import clone

_PLAIN = (type(None), bool, int, float, str)


class Preprocess:
    """Apply the transformers of the parameter `preprocess` of a loader.

    Parameters
    ----------
    preprocess : transformer, dict of str to transformer or None
        The parameter of the loader.
    rates : dict of str to float
        Sampling rate in Hz of each modality that is a signal.
    ch_names : dict of str to sequence of str
        Names of the channels of at least these modalities.
    cache_dir : path-like or None
        Parameter of the loader. If there is a cache, its entry depends on the
        transformers, which must then be described.

    Attributes
    ----------
    params : dict
        Description of the transformers for the cache, empty if there are none.
    """

    def __init__(self, preprocess, rates, ch_names, cache_dir):
        if preprocess is None:
            preprocess = {}
        elif not isinstance(preprocess, Mapping):
            preprocess = dict.fromkeys(rates, preprocess)
        unknown = [name for name in preprocess if name not in rates]
        if unknown:
            raise ValueError(
                f"preprocess names {unknown}, but the signals that are loaded are "
                f"{list(rates)}."
            )
        for step in preprocess.values():
            if isinstance(step, type) or not hasattr(step, "fit_transform"):
                raise TypeError(
                    "preprocess must be a transformer, such as "
                    "BandpassFilter(sfreq=128.0), or a dict of modality to "
                    f"transformer, got {step!r}."
                )
        for name, step in preprocess.items():
            _check_rate(name, step, rates[name])
        self.steps = dict(preprocess)
        self.layout = {n: {"sfreq": rates[n], "ch_names": ch_names[n]} for n in rates}
        self.params = {}
        if self.steps and cache_dir is not None:
            described = {name: describe(step) for name, step in self.steps.items()}
            self.params = {"preprocess": described}

    def each(self, name, signals, owner):
        """Return a list of recordings after the transformer of their modality."""
        numbered = enumerate(signals, start=1)
        return [self(name, signal, f"{owner} {i}") for i, signal in numbered]

    def __call__(self, name, signal, owner):
        """Return a whole recording after its transformer.

        Parameters
        ----------
        name : str
            Modality of the recording.
        signal : ndarray of shape (n_channels, n_times)
            The recording.
        owner : str
            What it is, for error messages.

        Returns
        -------
        signal : ndarray of shape (n_channels, n_times)
            A recording with NaN cannot be transformed and becomes NaN as a whole, so
            that its windows are left out.
        """
        if name not in self.steps:
            return signal
        if not np.isfinite(signal).all():
            return np.full(signal.shape, np.nan, np.float32)
        step = _resolved(clone(self.steps[name]), self.layout[name])
        try:
            out = np.asarray(step.fit_transform(signal[np.newaxis]))
        except ValueError as error:
            raise ValueError(f"{owner}: {error} (in preprocess)") from error
        if out.shape != (1, *signal.shape):
            raise ValueError(
                f"preprocess must return a recording of the same shape: {owner} has "
                f"shape {(1, *signal.shape)}, and {step} returned {out.shape}. Use "
                "transformers that change the channels, the rate or the length after "
                "loading."
            )
        return out[0]


def _parameters(step, word):
    """Return the parameters of a step, and of the steps in it, that have a name."""
    params = step.get_params() if hasattr(step, "get_params") else {}
    return {k: v for k, v in params.items() if k.rpartition("__")[2] == word}


def _check_rate(name, step, rate):
    """Check that a transformer is not meant for another sampling rate."""
    for key, stated in _parameters(step, "sfreq").items():
        if isinstance(stated, Real) and not isclose(stated, rate, rel_tol=1e-4):
            raise ValueError(
                f"preprocess has {key}={stated:g}, but {name!r} is sampled at {rate:g} "
                f"Hz: pass {key}={rate:g} to {type(step).__name__}. A dict of modality "
                "to transformer gives each modality a transformer of its own."
            )


def _resolved(step, layout):
    """Replace the value "auto" of parameters by what is known of the recording."""
    auto = {
        key: value
        for word, value in layout.items()
        for key, stated in _parameters(step, word).items()
        if isinstance(stated, str) and stated == "auto"
    }
    return step.set_params(**auto) if auto else step


def describe(value):
    """Return a transformer or a parameter in a form that JSON can represent.

    Equal descriptions stand for equal transformers. If a value has no such description,
    it raises an error.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if type(value) in _PLAIN:
        return value
    if isinstance(value, slice):
        return {"slice": [describe(v) for v in (value.start, value.stop, value.step)]}
    if isinstance(value, (list, tuple)):
        return [describe(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return {"set": sorted((describe(item) for item in value), key=repr)}
    if isinstance(value, Mapping):
        return {"dict": [[describe(k), describe(v)] for k, v in value.items()]}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcUS":
        content = np.ascontiguousarray(value)
        digest = sha256(content.tobytes()).hexdigest()
        return {"array": [value.dtype.str, list(value.shape), digest]}
    if isinstance(value, partial):
        parts = [value.func, value.args, value.keywords]
        return {"partial": [describe(part) for part in parts]}
    if isinstance(value, np.ufunc):
        return {"ufunc": value.__name__}
    if inspect.isfunction(value) or inspect.isclass(value):
        return _describe_code(value)
    if hasattr(value, "get_params"):
        params = value.get_params(deep=False)
        params = {name: describe(param) for name, param in sorted(params.items())}
        return {"estimator": _describe_code(type(value)), "params": params}
    raise _not_described(value)


def _describe_code(value):
    """Return the name of a function or class, and a sum of its source."""
    if getattr(value, "__closure__", None):
        # The values of the enclosing function are not in the source.
        raise _not_described(value)
    name = f"{value.__module__}.{value.__qualname__}"
    try:
        source = inspect.getsource(value)
    except (OSError, TypeError) as error:
        if value.__module__.split(".")[0] in ("builtins", "numpy"):
            return [name]
        raise _not_described(value) from error
    return [name, sha256(source.encode()).hexdigest()[:16]]


def _not_described(value):
    return ValueError(
        f"preprocess contains {value!r}, which cannot be described, so an entry of the "
        "cache could not be told from those of other transformers. Use transformers "
        "with plain parameters and functions of modules, or pass cache_dir=None."
    )
