"""Arrays that know their sampling rate and channels, and the parameters that read them.

The parameters `sfreq` and `ch_names` of most estimators are ``"auto"`` by default. The
functions here replace this word by what an array knows.
"""

import copy
import copyreg
from collections.abc import Mapping
from functools import cache
from inspect import signature
from numbers import Integral, Real

import numpy as np

from sklearn_emotion._frames import UnreadFrames
from sklearn_emotion._validation import is_mapping
from sklearn_emotion.montage import GRID_CELLS, canonical_name, channel_names

AUTO = "auto"


class _OneClassPerDescription(type):
    """Class of `SignalArray` and of its subclasses, one for each rate and names.

    joblib hashes an array by its numbers and its class. The cache of a pipeline
    (`memory`) therefore tells arrays apart that differ only in their description.
    """

    _description = None


class SignalArray(np.ndarray, metaclass=_OneClassPerDescription):
    """Array that knows its sampling rate and the names of its channels.

    Estimators whose parameters `sfreq` and `ch_names` are ``"auto"`` read them from the
    array. The arrays of a data set know them already. For an array of your own, state
    them once with this class.

    Read more in the :ref:`User Guide <rates_and_names>`.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Signals of shape (n_samples, n_channels, n_times), or features whose last axis
        contains the channels. They are not copied.
    sfreq : float, default=None
        Sampling rate in Hz. None if it is unknown.
    ch_names : str or sequence of str, default=None
        Names of the channels in the order of the array, or the name of a montage. None
        if they are unknown.

    Attributes
    ----------
    sfreq : float or None
        Sampling rate in Hz.
    ch_names : tuple of str or None
        Names of the channels.

    Raises
    ------
    ValueError
        If the rate is not a positive number, or if no axis of the array has as many
        entries as there are names.

    Notes
    -----
    A selection of samples, a copy, another dtype, and the result of arithmetic with
    each value know the rate and the names too. In signals, so do ranges of time points
    without gaps, and a selection of channels knows their names. `numpy.concatenate` of
    arrays that know the same knows it too, and arrays that contradict each other are an
    error. `numpy.take`, `numpy.flip` and similar functions along one axis know what is
    still valid. Everything else, such as every second time point, an array with other
    axes, also after ``X.shape = ...`` or ``X.sort()``, or a matrix product, knows
    neither.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import SignalArray
    >>> X = SignalArray(np.zeros((6, 3, 500)), sfreq=250.0, ch_names=["F3", "Fz", "F4"])
    >>> X[:4].sfreq, (1e6 * X).sfreq, X[:, :2].ch_names
    (250.0, 250.0, ('F3', 'Fz'))
    >>> type(X[:, :, ::2]).__name__
    'ndarray'
    """

    _plain = None
    _sfreq = None
    _ch_names = None
    # Names of the values of a sample, which `set_output` asks for.
    _feature_names = None

    def __new__(cls, X, sfreq=None, ch_names=None):
        X = np.asarray(X)
        if sfreq is not None:
            if not isinstance(sfreq, Real) or not 0 < sfreq < np.inf:
                raise ValueError(f"sfreq must be a positive number, got {sfreq!r}.")
            sfreq = float(sfreq)
        if ch_names is not None:
            is_montage = isinstance(ch_names, str)
            ch_names = tuple(channel_names(ch_names) if is_montage else ch_names)
            if len(ch_names) not in X.shape[1:]:
                raise ValueError(
                    f"ch_names has {len(ch_names)} names, but X of shape {X.shape} has "
                    f"no axis of {len(ch_names)} channels."
                )
        return describe(X, sfreq, ch_names)

    @property
    def sfreq(self):
        """Sampling rate in Hz, or None."""
        return self._known[0]

    @property
    def ch_names(self):
        """Names of the channels, or None."""
        return self._known[1]

    @property
    def _known(self):
        # Another shape may have been assigned to the array.
        fits = self._plain is not None and self._plain.shape == self.shape
        return (self._sfreq, self._ch_names) if fits else (None, None)

    def __getitem__(self, key):
        out = plain(self)[key]
        if self._known == (None, None):
            return out
        if getattr(out, "ndim", 0) != self.ndim:
            return out
        keys = list(key) if isinstance(key, tuple) else [key]
        for place, part in enumerate(keys):
            if part is Ellipsis:
                n_whole = self.ndim - len(keys) + 1
                keys[place : place + 1] = [slice(None)] * n_whole
                break
        while len(keys) > 1 and _is_whole(keys[-1]):
            keys.pop()
        if len(keys) == 1:
            return describe(out, self._sfreq, self._ch_names)
        return self._signals(out, keys)

    def _signals(self, out, keys):
        """Return a part of signals, which `keys` select, with what is known of it."""
        samples, channels, times = [*keys, slice(None)][:3]
        names = self._ch_names
        has_gaps = not isinstance(times, slice) or times.step not in (None, 1)
        if not self._is_signal or has_gaps:
            return out
        if _is_whole(channels):
            return describe(out, self._sfreq, names)
        if names is None or not isinstance(samples, slice):
            return out
        return describe(out, self._sfreq, tuple(np.array(names, object)[channels]))

    @property
    def _is_signal(self):
        """Whether the axes are certainly samples, channels and time points."""
        rate, names = self._known
        if self.ndim != 3 or names is None:
            return self.ndim == 3 and rate is not None
        # Without a rate, the channels may be the last axis, which has as many entries.
        is_last = rate is None and len(names) == self.shape[-1]
        return len(names) == self.shape[1] and not is_last

    def __array_wrap__(self, array, context=None, return_scalar=False):
        out = np.asarray(array)
        if context is not None and context[0].signature is None:
            out = _described_like_each(out, context[1])
        return out[()] if return_scalar else out

    def __array_function__(self, func, types, args, kwargs):
        bare = {key: _plain_in(value) for key, value in kwargs.items()}
        out = super().__array_function__(func, types, _plain_in(args), bare)
        if out is NotImplemented:
            return out
        if isinstance(kwargs.get("out"), SignalArray):
            return kwargs["out"]
        if func in _OF_EACH_VALUE:
            return _described_like_each(out, [*args, *kwargs.values()])
        if func in _ALONG_AXIS or func in _SPLITTING:
            values = signature(func).bind(*args, **kwargs)
            values.apply_defaults()
            values = values.arguments
            if func in _SPLITTING:
                return _split(*values.values(), func)
            return _described_along(out, func, values)
        if func in _JOINING and args:
            axis = _JOINING[func]
            if func is np.concatenate:
                axis = args[1] if len(args) > 1 else kwargs.get("axis", 0)
            return _concatenated(out, list(args[0]), axis)
        return out

    def copy(self, order="C"):
        """Return a copy that knows the same."""
        return describe(plain(self).copy(order), *self._known)

    def astype(self, *args, **kwargs):
        """Return a copy of another dtype that knows the same."""
        return describe(plain(self).astype(*args, **kwargs), *self._known)

    def round(self, *args, **kwargs):
        """Return rounded values, as `numpy.round` does."""
        return np.round(self, *args, **kwargs)

    def take(self, *args, **kwargs):
        """Return entries along an axis, as `numpy.take` does."""
        return np.take(self, *args, **kwargs)

    def repeat(self, *args, **kwargs):
        """Return repeated entries along an axis, as `numpy.repeat` does."""
        return np.repeat(self, *args, **kwargs)

    def sort(self, *args, **kwargs):
        """Sort the array in place. It knows nothing then."""
        super().sort(*args, **kwargs)
        self._sfreq = self._ch_names = self._feature_names = None

    def partition(self, *args, **kwargs):
        """Partition the array in place. It knows nothing then."""
        super().partition(*args, **kwargs)
        self._sfreq = self._ch_names = self._feature_names = None

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return describe(copy.deepcopy(plain(self), memo), *self._known)

    def __reduce__(self):
        # joblib stores the plain array in a file that its workers map into memory, once
        # for each object.
        return describe, (plain(self), *self._known, self._feature_names)


def _is_whole(key):
    return isinstance(key, slice) and key == slice(None)


# Functions whose output has one value for each value of the arrays.
_OF_EACH_VALUE = {
    *(np.copy, np.round, np.around, np.fix, np.clip, np.nan_to_num, np.real, np.imag),
    *(np.where, np.zeros_like, np.ones_like, np.empty_like, np.full_like),
}
# Functions that select entries of one axis, or change their order.
_MOVING = {np.take, np.flip, np.roll, np.delete, np.compress, np.repeat}
_ALONG_AXIS = _MOVING | {np.sort, np.partition}
_SPLITTING = {np.split, np.array_split}
# Functions that join arrays, and the axis along which they join arrays of three axes.
_JOINING = {np.concatenate: 0, np.vstack: 0, np.hstack: 1, np.dstack: 2}
# With them, neighbors in time stay neighbors, except at one place.
_IN_TIME = {np.flip, np.roll}


def _plain_in(value):
    """Return an argument of a function without what the arrays in it know."""
    if isinstance(value, list):
        return [_plain_in(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_plain_in(item) for item in value)
    return plain(value)


def _described_like_each(out, arguments):
    """Return an output with what all arrays of the same shape know, if they agree."""
    if not isinstance(out, np.ndarray):  # ``np.where(X)`` returns a tuple.
        return out
    arrays = [x for x in arguments if isinstance(x, SignalArray)]
    known = {x._known for x in arrays if x.shape == out.shape}
    return describe(out, *known.pop()) if len(known) == 1 else out


def _described_along(out, func, values):
    """Return the output of a function along one axis with what is still valid."""
    name, X = next((k, x) for k, x in values.items() if isinstance(x, SignalArray))
    axis, (rate, names) = values["axis"], X._known
    if not isinstance(axis, Integral) or np.ndim(out) != X.ndim:
        return out
    axis = axis % X.ndim
    if axis == 0 and X.ndim > 1:
        return describe(out, rate, names)
    if not X._is_signal:
        return out
    if axis == 2:
        return describe(out, rate, names) if func in _IN_TIME else out
    if names is not None and func in _MOVING:
        given = {key: value for key, value in values.items() if key != "out"}
        places = func(**{**given, name: np.arange(len(names)), "axis": 0})
        return describe(out, rate, tuple(names[place] for place in places))
    return describe(out, rate)


def _split(X, sections, axis, func):
    """Return the parts of an array that a function cuts along one axis."""
    before = (slice(None),) * (axis % X.ndim)
    places = func(np.arange(X.shape[axis]), sections)
    # The sections may overlap if they are not sorted.
    ranges = [slice(p[0], p[-1] + 1) if len(p) else slice(0) for p in places]
    return [X[(*before, part)] for part in ranges]


def _concatenated(out, arrays, axis):
    """Return concatenated arrays with what they know, which must not differ."""
    arrays = [x for x in arrays if np.size(x)]
    known = [x._known for x in arrays if isinstance(x, SignalArray)]
    if axis is None or out.ndim < 2 or not known or len(known) < len(arrays):
        return out
    axis = axis % out.ndim
    rates, names = zip(*known)
    for rate in rates[1:]:
        if None not in (rate, rates[0]) and not same_rate(rate, rates[0]):
            raise ValueError(
                f"The arrays have sampling rates of {rates[0]:g} and {rate:g} Hz. "
                "Resample them to one rate, for example with Resampler."
            )
    rate = None if None in rates else rates[0]
    if axis == 1 and all(x._is_signal for x in arrays):
        joined = () if None in names else sum(names, ())
        is_unique = joined and len(set(joined)) == len(joined)
        return describe(out, rate, joined if is_unique else None)
    if axis != 0 and not all(x._is_signal for x in arrays):
        return out
    for other in names[1:]:
        if None in (other, names[0]) or other == names[0]:
            continue
        if difference := _difference(other, names[0]):
            raise ValueError(
                f"{difference} of the first array. Bring the channels into the same "
                "order, for example with match_channels of sklearn_emotion.datasets."
            )
    return describe(out, rate, names[0] if len(set(names)) == 1 else None)


@cache
def _class_of(sfreq, ch_names, is_mapped=False):
    members = {"__doc__": SignalArray.__doc__, "__module__": __name__}
    bases = (SignalArray, np.memmap) if is_mapped else (SignalArray,)
    new = _OneClassPerDescription(SignalArray.__name__, bases, members)
    new._description = sfreq, ch_names, is_mapped
    return new


def _reduce_class(cls):
    known = cls._description
    return cls.__qualname__ if known is None else (_class_of, known)


copyreg.pickle(_OneClassPerDescription, _reduce_class)


def describe(array, sfreq=None, ch_names=None, feature_names=None):
    """Return a view of an array that knows a rate and names, without checks.

    An array of which nothing is known is returned as a plain array. The view of a
    memory map is an instance of `numpy.memmap`, too.
    """
    array = plain(array)
    if sfreq is None and ch_names is None and feature_names is None:
        return array
    out = array.view(_class_of(sfreq, ch_names, isinstance(array, np.memmap)))
    out._plain, out._feature_names = array, feature_names
    out._sfreq, out._ch_names = sfreq, ch_names
    return out


def describe_like(array, other):
    """Return a view of an array that knows the rate and the names of another array."""
    return describe(array, rate_of(other), channels_of(other))


def plain(array):
    """Return an array without what it knows; a memory map stays one."""
    if isinstance(array, SignalArray):
        known = array._plain
        # The shape or the dtype may have been assigned since.
        is_same = known is not None and known.shape == array.shape
        is_same = is_same and known.dtype == array.dtype
        return known if is_same else np.asarray(array)
    return array


def rate_of(X):
    """Return the sampling rate of X in Hz, or None if X does not know it.

    The objects of MNE have it in ``X.info``.
    """
    if isinstance(X, UnreadFrames):
        X = X.array
    return X.sfreq if isinstance(X, SignalArray) else _from_info(X, "sfreq")


def channels_of(X):
    """Return the names of the channels of X as a tuple, or None if X has none."""
    if isinstance(X, UnreadFrames):
        X = X.array
    if isinstance(X, SignalArray):
        return X.ch_names
    names = _from_info(X, "ch_names")
    return None if names is None else tuple(names)


def _from_info(X, key):
    info = getattr(X, "info", None)
    return info.get(key) if isinstance(info, Mapping) else None


def is_auto(value):
    """Return whether a parameter is "auto"."""
    return isinstance(value, str) and value == AUTO


def read_rate(X, sfreq, default, owner, fitted=None):
    """Return the sampling rate that a parameter `sfreq` stands for.

    Parameters
    ----------
    X : array or None
        Data that may know its rate.
    sfreq : float or "auto"
        The parameter. Any other value is returned unchanged.
    default : float
        Rate of data that do not know it.
    owner : str
        Name of the estimator or function, for the message.
    fitted : float, default=None
        Rate of the data in `fit`.

    Raises
    ------
    ValueError
        If the data have another rate.
    """
    known = rate_of(X)
    stated = fitted if is_auto(sfreq) else sfreq
    if stated is None and is_auto(sfreq):
        return default if known is None else float(known)
    if known is None or not isinstance(stated, Real) or same_rate(known, stated):
        return stated
    if is_auto(sfreq):
        raise ValueError(
            f"X has a sampling rate of {known:g} Hz, but {owner} was fitted at "
            f"{stated:g} Hz. Resample X to {stated:g} Hz, for example with Resampler."
        )
    source = "X.info gives" if _from_info(X, "sfreq") is not None else "X has"
    raise ValueError(
        f"{source} a sampling rate of {known:g} Hz, but {owner} has sfreq={stated:g}. "
        f'Pass sfreq="auto" or sfreq={known:g}, or resample X to {stated:g} Hz.'
    )


def same_rate(first, second):
    """Return whether two sampling rates in Hz are equal up to rounding."""
    return bool(np.isclose(first, second, rtol=1e-4, atol=0))


def read_names(X, ch_names, default, owner, fitted=None):
    """Return the names of channels that a parameter `ch_names` stands for.

    The arguments are those of `read_rate`, for names of channels.
    """
    known = channels_of(X)
    stated = fitted if is_auto(ch_names) else ch_names
    if stated is None and is_auto(ch_names):
        return default if known is None else list(known)
    if known is None or stated is None:
        return stated
    if is_auto(ch_names):
        check_same_channels(known, stated, owner)
        return stated
    if difference := _difference(known, stated):
        shown = repr(stated) if isinstance(stated, str) else "a list of other names"
        raise ValueError(
            f"{difference} of {owner}, because ch_names is {shown}. Pass "
            'ch_names="auto", or bring the channels of X into this order.'
        )
    return stated


def check_same_channels(known, fitted, owner):
    """Raise an error if the channels of the data are others than in `fit`."""
    if difference := _difference(known, fitted):
        raise ValueError(
            f"{difference} of the data that {owner} was fitted on. Bring the channels "
            "into the same order, for example with match_channels of "
            "sklearn_emotion.datasets."
        )


def _difference(known, stated):
    """Return the start of a message if names of X and stated names disagree.

    Names of X that are no electrodes, such as "E12", may have any other name. Another
    number of channels is left to the checks of shapes.
    """
    known = [canonical_name(name) for name in known]
    stated = channel_names(stated)
    if len(known) != len(stated):
        return None
    for place, (name, other) in enumerate(zip(known, stated)):
        if name != other and name in GRID_CELLS:
            return f"Channel {place} of X is {name!r}, but it is {other!r} in the order"
    return None


def read_all(estimator, X, fitted=False):
    """Return the parameters `sfreq` and `ch_names` of an estimator without "auto".

    Parameters
    ----------
    estimator : estimator
        Object with the attributes `_default_sfreq` and `_default_ch_names`, which state
        the values for data that do not know theirs.
    X : array or None
        Data that may know their rate and names.
    fitted : bool, default=False
        Whether the rate and the names of the data in `fit` apply.

    Returns
    -------
    values : dict
        Values of the parameters that the estimator has.
    """
    values, owner = {}, type(estimator).__name__
    for name, read in (("sfreq", read_rate), ("ch_names", read_names)):
        if hasattr(estimator, name):
            before = getattr(estimator, f"{name}_", None) if fitted else None
            default = getattr(estimator, f"_default_{name}")
            values[name] = read(X, getattr(estimator, name), default, owner, before)
    return values


def signal_in(X):
    """Return the only signal of a mapping, or X itself if it is an array.

    The checks of a transformer report a mapping with another number of signals.
    """
    if not is_mapping(X):
        return X
    signals = [value for value in X.values() if np.ndim(value) >= 2]
    return signals[0] if len(signals) == 1 else None
