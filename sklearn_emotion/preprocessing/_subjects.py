"""The frame of the transformers that remove differences between subjects."""

from functools import partial
from math import prod

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_emotion._base import (
    ArrayTransformerMixin,
    StrOptions,
    fit_context,
    target_access_tags,
)
from sklearn_emotion._described import describe_like
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._frames import stored
from sklearn_emotion._names import baseline_name, index_names
from sklearn_emotion._validation import (
    check_numbers,
    check_shape,
    require_keys,
    warn_user,
)
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.preprocessing._docs import SUBJECTS

# Bytes of float64 that are gathered from the input at a time.
BLOCK_BYTES = 4_000_000
# Deviations below this share of the mean are rounding errors of a constant.
_ROUNDING = 10 * np.finfo(float).eps

_LEVELS = {"self": "unlabelled", "baseline": "rest"}
_REMARKS = {"self": "transductive", "baseline": "uses the rest of each subject"}


@fill_doc(SUBJECTS)
class SubjectAligner(ArrayTransformerMixin, BaseEstimator):
    """Base class of transformers that use statistics of each subject.

    A subclass defines `_new_statistics(name, subject)`, which returns new
    `SubjectStatistics` for the samples of one subject in the entry `name`.

    A subclass may override:

    - `_names(X)`, which returns the names of the entries to transform. By default, this
      is the entry `modality`.
    - `_axes`, the axes of such an entry, as in `check_shape`.
    - `_fixed(shape)`, the part of the shape of a sample that must not change after
      `fit`, and `_pooled(shape)`, the part that a sample has in common with its
      baseline. By default, both are the whole shape.
    - `_along(arrays, X, name)`, the entries that the statistics of an entry transform.
    - `_learn(arrays, references, members, y)`, which `fit` calls at its end.
    - `_check_values(x, name)`, which raises an error if an array has invalid values.
    - `_dtype`, the dtype of the transformed entries.
    - `_keeps_baseline`, whether the output contains the baselines that `reference`
      uses.
    - `_lonely`, what becomes of a subject that has a single sample, for the warning.
    - `_advice`, what to do if a baseline does not fit, for the end of the message.
    """

    _parameter_constraints: dict = {
        "reference": [StrOptions({"self", "baseline"})],
        "subject": [str],
        "online": ["boolean"],
    }
    _axes = ()
    _dtype = np.float32
    _keeps_baseline = False
    _lonely = "zeros"
    _advice = ""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the entries. Nothing is learned from the data.

        Parameters
        ----------
        %(X)s

        %(y)s

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If an entry is missing or has a wrong shape, if the subject of a sample is
            unknown, or if values are complex, NaN, infinite or text.
        TypeError
            If an entry is sparse, or contains objects that are not numbers.
        """
        self.modalities_ = self._names(X)
        arrays, references = self._arrays(X)
        self._shapes = {name: x.shape[1:] for name, x in arrays.items()}
        self.n_features_in_ = sum(prod(self._fixed(s)) for s in self._shapes.values())
        self._streams = {}
        self._learn(arrays, references, self._members(X), y)
        return self

    def transform(self, X):
        """Transform the samples of each subject with the statistics of the subject.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        X_out : Modalities
            The same entries. Those in `modalities_` have no unit, and the others are
            unchanged.

        Raises
        ------
        ValueError
            As in `fit`, or if an entry has another shape than in `fit`.
        TypeError
            As in `fit`.

        Warns
        -----
        UserWarning
            If a subject has a single sample, from which its statistics would come.
        """
        check_is_fitted(self)
        return self._aligned(X, {} if self.online else None)

    def partial_transform(self, X):
        """Transform the next samples of a stream.

        The statistics for a sample come from this sample and all samples of the same
        subject in previous calls of this method since `fit` or `reset`. They are equal
        to the statistics with ``online=True`` of all these samples in a single call.
        Copies and files of the transformer do not contain the stream.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        X_out : Modalities
            As in `transform`.

        Raises
        ------
        ValueError
            As in `transform`.
        """
        check_is_fitted(self)
        return self._aligned(X, self._streams)

    def reset(self, subject=None):
        """Forget the stream of a subject, for example when the sensors were moved.

        Parameters
        ----------
        subject : str or int, default=None
            Subject whose samples are forgotten. None forgets all subjects.

        Returns
        -------
        self : object
            This transformer.
        """
        check_is_fitted(self)
        self._streams = {
            key: statistics
            for key, statistics in self._streams.items()
            if subject is not None and key[0] != subject
        }
        return self

    def get_feature_names_out(self, input_features=None):
        """Return a name for each value of the entries in `modalities_`.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Modality and index within a sample, such as ``eeg_0_31``.
        """
        check_is_fitted(self)
        return np.array(
            [
                f"{name}_{index}"
                for name, shape in self._shapes.items()
                for index in index_names(shape)
            ],
            dtype=object,
        )

    def _aligned(self, X, streams):
        """Transform the samples, one by one if `streams` is not None.

        `streams` contains the statistics of previous samples, by subject and entry.
        """
        arrays, references = self._arrays(X)
        self._check_fixed(arrays)
        members = self._members(X)
        is_batch = streams is None
        if is_batch and self.reference == "self":
            self._warn_of_lonely(members)
        given = stored(X)
        out = {**given}
        if self.reference == "baseline" and not self._keeps_baseline:
            for name in arrays:
                del out[baseline_name(name)]
        for name, reference in references.items():
            along = self._along(arrays, X, name)
            for key, x in along.items():
                out[key] = np.empty(x.shape, dtype=self._dtype)
            for subject, rows in members.items():
                new = self._new_statistics(name, subject)
                if is_batch:
                    new.fit(partial(blocks_of, reference, rows))
                    self._apply(new, along, rows, out)
                    continue
                statistics = streams.setdefault((subject, name), new)
                for row in rows[:, None]:
                    statistics.add(reference[row])
                    self._apply(statistics, along, row, out)
        for name, array in out.items():
            if array is not given[name]:
                out[name] = describe_like(array, given[name])
        return Modalities(**out)

    def _apply(self, statistics, along, rows, out):
        for key, x in along.items():
            for part in parts_of(x, rows):
                out[key][part] = statistics.apply(x[part])

    def _arrays(self, X):
        """Return the checked entries, and the entries that their statistics come from.

        Both are dicts whose keys are the names in `modalities_`.
        """
        owner, names = type(self).__name__, self.modalities_
        is_rest = self.reference == "baseline"
        rests = [baseline_name(name) for name in names] if is_rest else []
        require_keys(X, [*names, *rests, self.subject], owner)
        if np.ndim(X[self.subject]) != 1:
            raise ValueError(
                f"X[{self.subject!r}] must contain one subject per sample, got an "
                f"array of shape {np.shape(X[self.subject])}."
            )
        arrays = {name: self._checked(X, name) for name in names}
        references = arrays
        if is_rest:
            references = {
                name: self._checked(X, rest) for name, rest in zip(names, rests)
            }
            for name, x in arrays.items():
                self._check_rest(name, x, references[name])
        check_consistent_length(X[self.subject], *arrays.values(), *references.values())
        return arrays, references

    def _checked(self, X, name):
        x = check_numbers(X[name], name, type(self).__name__)
        self._check_axes(name, x)
        self._check_values(x, name)
        return x

    def _check_axes(self, name, x):
        check_shape(x, self._axes, f"X[{name!r}]")

    def _check_values(self, x, name):
        pass

    def _check_rest(self, name, x, rest):
        shapes = x.shape[1:], rest.shape[1:]
        if x.ndim != rest.ndim or self._pooled(shapes[0]) != self._pooled(shapes[1]):
            raise ValueError(
                f"A sample of X[{name!r}] has the shape {shapes[0]}, to which its "
                f"baseline X[{baseline_name(name)!r}] of shape {shapes[1]} does not "
                f"fit.{self._advice}"
            )

    def _check_fixed(self, arrays):
        shapes = {name: x.shape[1:] for name, x in arrays.items()}
        for name, shape in shapes.items():
            if self._fixed(shape) != self._fixed(self._shapes[name]):
                raise ValueError(
                    f"Samples have the shapes {shapes}, but {type(self).__name__} was "
                    f"fitted on {self._shapes}."
                )

    def _members(self, X):
        """Return the positions of the samples of each subject."""
        subject = np.asarray(X[self.subject])
        unknown = pd.isna(subject)
        if unknown.any():
            raise ValueError(
                f"X[{self.subject!r}] does not state the subject of {unknown.sum()} of "
                f"{len(subject)} samples, first of sample {unknown.argmax()}."
            )
        try:
            names, codes = np.unique(subject, return_inverse=True)
        except TypeError as error:
            raise ValueError(
                f"X[{self.subject!r}] must contain either text or numbers, got both. "
                "Pass the subjects as text: np.array([...]).astype(str)."
            ) from error
        return {
            name: np.flatnonzero(codes == i) for i, name in enumerate(names.tolist())
        }

    def _warn_of_lonely(self, members):
        lonely = [str(name) for name, rows in members.items() if len(rows) == 1]
        if lonely and self.modalities_:
            warn_user(
                f"Subjects {lonely} have one sample each in this call, which "
                f"{type(self).__name__} turns into {self._lonely}; pass all samples of "
                "a subject together."
            )

    def _names(self, X):
        require_keys(X, [self.modality, self.subject], type(self).__name__)
        return [self.modality]

    def _fixed(self, shape):
        return shape

    def _pooled(self, shape):
        return shape

    def _along(self, arrays, X, name):
        return {name: arrays[name]}

    def _learn(self, arrays, references, members, y):
        pass

    def _new_statistics(self, name, subject):
        raise NotImplementedError

    def __getstate__(self):
        # Saved models must not contain the recordings of the people who used them.
        state = super().__getstate__()
        return state | {"_streams": {}} if "_streams" in state else state

    def __repr__(self, N_CHAR_MAX=700):
        remark = _REMARKS.get(self.reference, "")
        return f"{super().__repr__(N_CHAR_MAX)}  # {remark}"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        tags.transformer_tags.preserves_dtype = [np.dtype(self._dtype).name]
        return target_access_tags(tags, _LEVELS.get(self.reference, "unlabelled"))


class SubjectStatistics:
    """Base class of the statistics of one subject.

    A subclass defines `add(x)`, which includes further samples, and `apply(x)`, which
    transforms samples.
    """

    def fit(self, blocks):
        """Include all samples, where ``blocks()`` is an iterator over blocks of them.

        Override this method if several passes through the samples are more precise.
        """
        for x in blocks():
            self.add(x)


def infinite_if_constant(scale, center):
    """Return the scale, or infinity for a constant, which then becomes zero."""
    return np.where(scale <= _ROUNDING * np.abs(center), np.inf, scale)


def parts_of(x, rows):
    """Yield consecutive parts of `rows`, each of which selects a block of samples."""
    step = max(1, BLOCK_BYTES // max(8 * x[:1].size, 1))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


def blocks_of(x, rows):
    """Yield the samples of `x` at the positions `rows` in blocks."""
    for part in parts_of(x, rows):
        yield x[part]
