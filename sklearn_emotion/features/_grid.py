"""Channels on the 9 x 9 grid of the scalp, as input of convolutional networks."""

from math import prod

import array_api_compat
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array

from sklearn_emotion._base import (
    ArrayTransformerMixin,
    Options,
    fit_context,
    names_of,
)
from sklearn_emotion._described import plain, read_names, signal_in
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import (
    check_finite,
    check_n_channels,
    check_not_empty,
    float_types,
    reshape_hint,
    single_signal,
)
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.montage import GRID_SIZE, channel_names, grid_cells

_N_CELLS = GRID_SIZE**2
# Channels of arrays that do not know theirs.
_DEFAULT = "deap32"
# Rows of channels that are projected at a time. Their 1.3 MB of output fit the cache.
_BLOCK = 4096

_PARAMETERS = """
X : array-like of shape (n_samples, ..., n_channels)
    Features. With ``channel_axis=1``, signals of shape
    (n_samples, n_channels, n_times).

channel_axis : {-1, 1}
    Axis of the channels. With 1, the input contains raw signals, and each time point
    becomes one grid.
"""


@fill_doc(SIGNALS, _PARAMETERS)
def project_grid(X, ch_names="auto", *, channel_axis=-1):
    """Place channels on the 9 x 9 grid of the scalp.

    Parameters
    ----------
    X : array of shape (..., n_channels) or (n_samples, n_channels, n_times)
        Values of channels, in any unit: a NumPy array, or a tensor of another library
        that follows the array API standard.

    %(ch_names)s

    %(channel_axis)s

    Returns
    -------
    grid : array of shape (..., 9, 9) or (n_samples, n_times, 1, 9, 9)
        Values on the grid, with row 0 at the forehead. Cells without a channel are 0.
        The grid of a NumPy array is float32. Other arrays keep their dtype.

    Raises
    ------
    ValueError
        If a name is unknown, if two channels share a cell, or if the number of names
        differs from the number of channels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.features import project_grid
    >>> grid = project_grid(np.array([[1.0, 2.0, 3.0]]), ["F7", "Fz", "F8"])
    >>> grid.shape, grid[0, 2]
    ((1, 9, 9), array([1., 0., 0., 0., 2., 0., 0., 0., 3.], dtype=float32))
    """
    ch_names = read_names(X, ch_names, _DEFAULT, "project_grid")
    cells = _flat_cells(ch_names)
    is_array = array_api_compat.is_array_api_obj(X)
    X = plain(X) if is_array else np.asarray(X)
    _check_grid_input(X, ch_names, channel_axis, "project_grid")
    xp = array_api_compat.array_namespace(X)
    if channel_axis == 1:
        X = xp.permute_dims(X, (0, 2, 1))[:, :, None, :]
    # A channel of zeros is appended for the cells without a channel.
    source = np.full(_N_CELLS, len(cells))
    source[cells] = np.arange(len(cells))
    shape = (*X.shape[:-1], GRID_SIZE, GRID_SIZE)
    if array_api_compat.is_numpy_array(X):
        return _project(X, source).reshape(shape)
    zeros = xp.zeros_like(X[..., :1])
    index = xp.asarray(source, device=array_api_compat.device(X))
    return xp.reshape(xp.take(xp.concat([X, zeros], axis=-1), index, axis=-1), shape)


def _project(X, source):
    n_rows = prod(X.shape[1:-1])
    out = np.empty((len(X), n_rows, _N_CELLS), dtype=np.float32)
    step = max(1, _BLOCK // max(n_rows, 1))
    n_channels = X.shape[-1]
    for start in range(0, len(X), step):
        rows = X[start : start + step].reshape(-1, n_rows, n_channels)
        for first in range(0, n_rows, _BLOCK):
            part = rows[:, first : first + _BLOCK]
            padded = np.zeros((*part.shape[:-1], n_channels + 1), dtype=np.float32)
            padded[..., :-1] = part
            target = out[start : start + step, first : first + _BLOCK]
            np.take(padded, source, axis=-1, out=target, mode="clip")
    return out


def _flat_cells(ch_names):
    rows, columns = grid_cells(ch_names).T
    return rows * GRID_SIZE + columns


def _check_grid_input(X, ch_names, channel_axis, owner):
    if channel_axis == 1 and X.ndim != 3:
        raise ValueError(
            "Expected X of shape (n_samples, n_channels, n_times) with "
            f"channel_axis=1, got {tuple(X.shape)}.{reshape_hint(X.shape, 3)}"
        )
    if X.ndim < 2:
        raise ValueError(
            f"Expected X of shape (n_samples, ..., n_channels), got {tuple(X.shape)}."
            f"{reshape_hint(X.shape, 2)}"
        )
    expected = len(channel_names(ch_names))
    check_n_channels(X.shape[channel_axis], expected, owner, ch_names)
    check_not_empty(X, owner)


@fill_doc(SIGNALS, _PARAMETERS)
class GridProjector9x9(ArrayTransformerMixin, BaseEstimator):
    """Place channels on the 9 x 9 grid of the scalp, and read them back.

    Each channel has a fixed cell (Figure 4 of [1]_). Row 0 is at the forehead and
    column 0 at the left ear. Cells without a channel are 0.

    Read more in the :ref:`User Guide <grid>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    ch_names_ : list of str
        Channels in the order of the input.

    cells_ : ndarray of int of shape (n_channels, 2)
        Row and column of each channel.

    %(n_features_in_)s

    See Also
    --------
    BandImages : Interpolated images of the scalp instead of cells.

    Notes
    -----
    Departures from [1]_: none for its 32 channels. Other channels of the 10-10 system
    continue the rows of the paper, so that the 62 channels of SEED have cells too.

    References
    ----------
    .. [1] Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, "Attention-based 3D
       convolutional recurrent neural network model for multimodal emotion
       recognition", Frontiers in Neuroscience 17:1330077, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import GridProjector9x9
    >>> X = np.random.default_rng(0).normal(size=(5, 4, 4, 32))
    >>> grid = GridProjector9x9("deap32")
    >>> grid.fit_transform(X).shape
    (5, 4, 4, 9, 9)
    >>> np.allclose(grid.inverse_transform(grid.transform(X)), X)
    True
    """

    _parameter_constraints: dict = {
        "ch_names": [str, "array-like"],
        "channel_axis": [Options(int, {-1, 1})],
    }

    _default_ch_names = _DEFAULT

    def __init__(self, ch_names="auto", *, channel_axis=-1):
        self.ch_names = ch_names
        self.channel_axis = channel_axis

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Look up the cells. Nothing is learned from the data.

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
            If a name is unknown, if two channels share a cell, or if the number of
            names differs from the number of channels.
        """
        self._input_names = names_of(X)
        names = self._names(X, None)
        X = self._validated(X, names)
        self.cells_ = grid_cells(names)
        self.ch_names_ = channel_names(names)
        self.n_features_in_ = len(self.ch_names_)
        self._input_shape = X.shape[1:]
        return self

    def transform(self, X):
        """Place each channel in its cell.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        X_out : ndarray of float32 of shape (n_samples, ..., 9, 9)
            Values on the grid, in the unit of the input. With ``channel_axis=1``, the
            shape is (n_samples, n_times, 1, 9, 9).
        """
        if not hasattr(self, "n_features_in_"):
            self._validate_params()
        names = self._names(X, getattr(self, "ch_names_", None))
        X = self._validated(X, names)
        return project_grid(X, names, channel_axis=self.channel_axis)

    def inverse_transform(self, X):
        """Read the channels back from their cells.

        Parameters
        ----------
        X : array-like of shape (n_samples, ..., 9, 9)
            Grids, such as `transform` returns.

        Returns
        -------
        X_original : ndarray of float32 of shape (n_samples, ..., n_channels)
            Values of the channels. With ``channel_axis=1``, the shape is
            (n_samples, n_channels, n_times).

        Raises
        ------
        ValueError
            If the last two axes are not 9 x 9.
        """
        X = np.asarray(X)
        raw = self.channel_axis == 1
        if X.shape[-2:] != (GRID_SIZE, GRID_SIZE) or (
            raw and (X.ndim != 5 or X.shape[2] != 1)
        ):
            axes = "n_times, 1" if raw else "..."
            raise ValueError(
                f"Expected grids of shape (n_samples, {axes}, {GRID_SIZE}, "
                f"{GRID_SIZE}), got {X.shape}."
            )
        X = X.reshape(*X.shape[:-2], _N_CELLS)[..., self._flat_cells()]
        X = X.astype(np.float32, copy=False)
        return np.swapaxes(X[:, :, 0], 1, 2) if raw else X

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        input_features : sequence of str, default=None
            Names of the values of the flattened input, such as ``"w0_theta_Fp1"``. By
            default, the leading axes are numbered.

        Returns
        -------
        names : ndarray of str
            Names such as ``"w0_theta_Fp1"``, or ``"w0_theta_r0c0"`` for the cell in row
            0 and column 0, which has no channel.
        """
        check_named(self)
        if self.channel_axis == 1:
            prefixes = [f"t{k}_" for k in range(self._input_shape[1])]
        elif input_features is None:
            prefixes = [
                "".join(f"{i}_" for i in index)
                for index in np.ndindex(*self._input_shape[:-1])
            ]
        else:
            if len(input_features) != prod(self._input_shape):
                raise ValueError(
                    f"A sample has {prod(self._input_shape)} values, got "
                    f"{len(input_features)} input_features."
                )
            firsts = list(input_features)[:: self._input_shape[-1]]
            prefixes = ["".join(name.rpartition("_")[:2]) for name in firsts]
        cells = [f"r{row}c{column}" for row, column in np.ndindex(GRID_SIZE, GRID_SIZE)]
        for cell, name in zip(self._flat_cells(), self.ch_names_):
            cells[cell] = name
        return np.array([p + cell for p in prefixes for cell in cells], dtype=object)

    def _names(self, X, fitted):
        owner = type(self).__name__
        return read_names(signal_in(X), self.ch_names, _DEFAULT, owner, fitted)

    def _flat_cells(self):
        return _flat_cells(self._names(None, getattr(self, "ch_names_", None)))

    def _validated(self, X, names):
        owner = type(self).__name__
        X = single_signal(X, owner)
        X = check_array(
            X,
            dtype=float_types(X),
            allow_nd=True,
            ensure_all_finite=False,
            estimator=owner,
        )
        _check_grid_input(X, names, self.channel_axis, owner)
        check_finite(X, "drop these samples or interpolate them")
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.requires_fit = False
        return tags
