"""Position of a face and its shape, from five landmarks."""

from numbers import Integral, Real

import numpy as np
from joblib import Parallel, delayed

from sklearn_emotion._base import Interval, SignalTransformer
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import (
    check_window,
    reshape_hint,
    single_signal,
    warn_user,
)
from sklearn_emotion.features._chunks import one_blas_thread
from sklearn_emotion.features._docs import FRAMES
from sklearn_emotion.features._face_detection import track_faces
from sklearn_emotion.features._image_patches import to_complex, to_images

#: Names of the features, in their order.
FACE_LANDMARK_FEATURES = (
    "position_x",
    "position_y",
    "log_size",
    "roll",
    "nose_x",
    "nose_y",
    "mouth_x",
    "mouth_y",
    "mouth_width",
    "mouth_slant",
)


@fill_doc(FRAMES)
class FaceLandmarkFeatures(SignalTransformer):
    r"""Compute the position of the head and the shape of the face from five landmarks.

    With the eyes at :math:`l` and :math:`r`, their midpoint is :math:`m = (l + r)/2`
    and their distance is :math:`d = |r - l|`. A point :math:`z` of the face is
    described by

    .. math:: u(z) = \frac{z - m}{r - l}

    in a plane whose unit is the distance of the eyes and whose first axis is the line
    through the eyes. Points are complex numbers, and the second axis points down the
    face. Each frame has ten features:

    ============================== =============================================
    ``position_x``, ``position_y`` :math:`m/d`
    ``log_size``                   :math:`\ln d`, a measure of nearness
    ``roll``                       angle of the line of the eyes, rad, clockwise
    ``nose_x``, ``nose_y``         :math:`u` of the nose, which changes as the
                                   head turns aside and nods
    ``mouth_x``, ``mouth_y``       :math:`u` of the midpoint of the mouth's corners
    ``mouth_width``                distance of the corners along the first axis
    ``mouth_slant``                how much lower the corner on the right is
    ============================== =============================================

    Five landmarks give no action units and no gaze. They describe an expression only by
    the corners of the mouth. Use these features if the output of OpenFace is not
    available (see :func:`read_openface`).

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    frame_rate : float, default=5.0
        Number of frames per second.

    %(window)s

    %(n_jobs)s

    Attributes
    ----------
    n_features_in_ : int
        Size of axis 2 of the input: 5 landmarks, or 3 channels of a frame.

    See Also
    --------
    FaceCropper : Crops of the same faces.
    PriorDrivenSTFENet : Takes these features as ``face``, with ``window=3.0``.

    Notes
    -----
    The input contains landmarks of shape ``(n_samples, n_frames, 5, 2)``, as in the
    report of :func:`read_face_windows`, or frames of shape
    ``(n_samples, n_frames, 3, height, width)``. In frames, the face is found as by
    :class:`FaceCropper`, which needs the extra ``video``. In crops of aligned faces,
    the position, the size and the roll carry no information. The output has the shape
    ``(n_samples, n_frames, 10)``, or ``(n_samples, n_windows, 10)`` with `window`.
    Samples of frames without a face are NaN, and a warning states their number. Frames
    whose eyes are at the same point have no unit of length, so their features, and
    those of a window that contains them, are NaN, and a warning states their number.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FaceLandmarkFeatures
    >>> face = np.array([[40, 50], [60, 50], [50, 62], [42, 72], [58, 74]], float)
    >>> features = FaceLandmarkFeatures().fit_transform(face[None, None])
    >>> features.shape
    (1, 1, 10)
    >>> features[0, 0, 4:].astype(float).round(2).tolist()
    [0.0, 0.6, 0.0, 1.15, 0.8, 0.1]
    """

    _channel_axis = 2

    _parameter_constraints: dict = {
        "frame_rate": [Interval(Real, 0, None, closed="neither")],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "n_jobs": [Integral, None],
    }

    def __init__(self, *, frame_rate=5.0, window=None, n_jobs=None):
        self.frame_rate = frame_rate
        self.window = window
        self.n_jobs = n_jobs

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Number of the frame or window, and name of the feature, such as
            ``"t0_roll"``.
        """
        check_named(self)
        n_out = self._input_shape[0] // self._n_averaged(self._input_shape[0])
        names = [
            f"t{i}_{name}" for i in range(n_out) for name in FACE_LANDMARK_FEATURES
        ]
        return np.array(names, dtype=object)

    def _n_averaged(self, n_frames):
        if self.window is None:
            return 1
        return check_window(self.window, self.frame_rate, n_frames)

    def _check_axes(self, X):
        is_landmarks = X.ndim == 4 and X.shape[2:] == (5, 2)
        is_frames = X.ndim == 5 and X.shape[2] == 3
        if not (is_landmarks or is_frames) or 0 in X.shape[1:]:
            raise ValueError(
                "Expected X of shape (n_samples, n_frames, 5, 2), landmarks, or of "
                "shape (n_samples, n_frames, 3, height, width), frames, got "
                f"{X.shape}.{reshape_hint(X.shape, 4)}"
            )

    def _check(self, X):
        self._n_averaged(X.shape[1])

    def _validated(self, X, *, reset):
        X = single_signal(X, type(self).__name__)
        if getattr(X, "dtype", None) != np.uint8:
            return super()._validated(X, reset=reset)
        self._check_axes(X)
        self._check(X)
        if reset:
            self.n_features_in_ = X.shape[self._channel_axis]
        return X

    def _transform(self, X):
        points = X if X.ndim == 4 else self._landmarks(X)
        points = points.astype(np.float64)
        coincide = (points[..., 0, :] == points[..., 1, :]).all(axis=-1)
        points[coincide] = np.nan
        if coincide.any():
            warn_user(
                f"{int(coincide.sum())} of {coincide.size} frames have both eyes at "
                "the same point; their features are NaN."
            )
        features = _describe(points)
        n_averaged = self._n_averaged(X.shape[1])
        n_out = X.shape[1] // n_averaged
        features = features[:, : n_out * n_averaged]
        features = features.reshape(len(X), n_out, n_averaged, -1).mean(axis=2)
        return features.astype(np.float32)

    def _landmarks(self, X):
        points = np.empty((*X.shape[:2], 5, 2))

        def work(number):
            points[number], _ = track_faces(to_images(X[number]))

        with one_blas_thread:
            Parallel(n_jobs=self.n_jobs, require="sharedmem")(
                delayed(work)(number) for number in range(len(X))
            )
        n_empty = int(np.isnan(points[:, 0, 0, 0]).sum())
        if n_empty:
            warn_user(
                f"{n_empty} of {len(X)} samples show no face; their features are NaN."
            )
        return points


def _describe(points):
    """Return features of shape (..., 10) of points of shape (..., 5, 2)."""
    left, right, nose, *corners = np.moveaxis(to_complex(points), -1, 0)
    middle, across = (left + right) / 2, right - left
    with np.errstate(invalid="ignore"):  # of frames without a face
        place = middle / np.abs(across)
        nose, *corners = ((z - middle) / across for z in (nose, *corners))
    mouth, smile = (corners[0] + corners[1]) / 2, corners[1] - corners[0]
    return np.stack(
        [
            place.real,
            place.imag,
            np.log(np.abs(across)),
            np.angle(across),
            nose.real,
            nose.imag,
            mouth.real,
            mouth.imag,
            smile.real,
            smile.imag,
        ],
        axis=-1,
    )
