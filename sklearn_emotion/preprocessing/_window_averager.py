"""Means of features of frames over windows."""

from numbers import Real

import numpy as np

from sklearn_emotion._base import Interval, SignalTransformer
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import check_window
from sklearn_emotion.features._docs import FRAMES

_PARAMETERS = """
frame_rate : float
    Number of frames of the input in a second.
"""


@fill_doc(FRAMES, _PARAMETERS)
class WindowAverager(SignalTransformer):
    """Average features of frames over windows, such as the 29 features of OpenFace.

    Frames of shape (n_samples, n_frames, n_features) become windows of shape
    (n_samples, n_windows, n_features), in the unit of the features.

    Read more in the :ref:`User Guide <windows>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    n_features_in_ : int
        Number of features of a frame.

    See Also
    --------
    WindowSlicer : Cuts signals into windows and keeps their time points.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import WindowAverager
    >>> X = np.arange(12.0).reshape(1, 6, 2)
    >>> WindowAverager(frame_rate=1.0, window=3.0).fit_transform(X).tolist()
    [[[2.0, 3.0], [8.0, 9.0]]]
    """

    _axes = ("n_samples", "n_frames", "n_features")
    _channel_axis = 2

    _parameter_constraints: dict = {
        "frame_rate": [Interval(Real, 0, None, closed="neither")],
        "window": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, *, frame_rate=5.0, window=3.0):
        self.frame_rate = frame_rate
        self.window = window

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        input_features : sequence of str, default=None
            Names of the features of a frame. The default names are ``"f0"``, ``"f1"``,
            and so on.

        Returns
        -------
        names : ndarray of str
            Number of the window and name of the feature, such as ``"w0_AU12"``.
        """
        n_frames, n_features = check_named(self)
        names = input_features
        if names is None or len(names) != n_features:
            names = [f"f{i}" for i in range(n_features)]
        n_windows = n_frames // self._length(n_frames)
        return np.array([f"w{w}_{f}" for w in range(n_windows) for f in names], object)

    def _length(self, n_frames):
        if self.window is None:
            return 1
        return check_window(self.window, self.frame_rate, n_frames)

    def _check(self, X):
        self._length(X.shape[1])

    def _transform(self, X):
        n_frames = X.shape[1]
        length = self._length(n_frames)
        n_windows = n_frames // length
        windows = X[:, : n_windows * length].reshape(len(X), n_windows, length, -1)
        return windows.mean(axis=2, dtype=np.float64).astype(np.float32)
