"""Faces in frames that are in memory: found, followed and aligned."""

import warnings
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.exceptions import NotFittedError

from sklearn_emotion._base import Interval, SignalTransformer
from sklearn_emotion._validation import single_signal
from sklearn_emotion.features._chunks import one_blas_thread
from sklearn_emotion.features._face_detection import track_faces
from sklearn_emotion.features._image_patches import to_images
from sklearn_emotion.preprocessing._face_alignment import crop_face


class FaceCropper(SignalTransformer):
    """Find the face in each frame, turn it upright, and crop it.

    Faces and five points in each are found by the three networks of MTCNN [1]_,
    computed here with NumPy. In a sequence of frames the largest face of the first
    frame that shows one is followed; where no face is found, its place is interpolated
    between its neighbours, and at the ends repeated. The eyes lie at 35 % and 65 % of
    the crop's width and at 38 % of its height, whatever its size: 64 pixels for
    :class:`DeepVANet`, 48 for :class:`VisualCNNTCN`.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    size : int, default=64
        Side of the crops in pixels.

    n_jobs : int, default=None
        Number of threads; None means one.

    Attributes
    ----------
    n_features_in_ : int
        Number of channels of a frame, 3.

    See Also
    --------
    read_face_windows : The same from a video file, frame by frame.
    align_face : Crops a face whose eyes are known.

    Notes
    -----
    Input is ``(n_samples, 3, height, width)`` or ``(n_samples, n_frames, 3, height,
    width)``, uint8 or floats from 0 to 1, which are rounded to 256 levels; output is
    the same with ``size`` for height and width, float32 from 0 to 1. Samples without
    any face are NaN, and a warning counts them: see :meth:`valid`.

    Needs the extra ``video``. The networks' weights come with the package ``mtcnn``;
    nothing is downloaded. They find faces and say nothing of whose they are.

    Departures from [1]_: each face is cut out twice more, upright, with a common
    brightness and in the size that the last network expects, so that its rotation and
    its light hardly matter.

    References
    ----------
    .. [1] K. Zhang, Z. Zhang, Z. Li and Y. Qiao, "Joint Face Detection and Alignment
       Using Multitask Cascaded Convolutional Networks", IEEE Signal Processing Letters
       23(10):1499-1503, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FaceCropper
    >>> frames = np.zeros((2, 10, 3, 120, 160), dtype=np.uint8)
    >>> FaceCropper().valid(frames)  # nobody there
    array([False, False])
    """

    _channel_axis = -3

    _parameter_constraints: dict = {
        "size": [Interval(Integral, 8, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(self, *, size=64, n_jobs=None):
        self.size = size
        self.n_jobs = n_jobs

    def landmarks(self, X):
        """Find five points of each face.

        Parameters
        ----------
        X : array-like of shape (n_samples, [n_frames,] 3, height, width)
            Frames.

        Returns
        -------
        points : ndarray of float32 of shape (n_samples, [n_frames,] 5, 2)
            Eyes, nose and corners of the mouth, (x, y) in pixels; what is left in the
            image comes first. Interpolated where no face was found, and NaN in samples
            without any.
        found : ndarray of bool of shape (n_samples[, n_frames])
            In which frames a face was found.
        """
        X = self._validated(X, reset=False)
        points = np.empty((*X.shape[:-3], 5, 2), dtype=np.float32)
        found = np.empty(X.shape[:-3], dtype=bool)

        def work(number):
            _, here, seen = self._locate(X[number])
            points[number] = here.reshape(points[number].shape)
            found[number] = seen.reshape(found[number].shape)

        self._for_each_sample(work, len(X))
        return points, found

    def valid(self, X):
        """Tell which samples show a face.

        Parameters
        ----------
        X : array-like of shape (n_samples, [n_frames,] 3, height, width)
            Frames.

        Returns
        -------
        mask : ndarray of bool of shape (n_samples,)
            False where :meth:`transform` gives NaN.
        """
        _, found = self.landmarks(X)
        return found.reshape(len(found), -1).any(axis=1)

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        input_features : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        names : ndarray of str
            Frame (if there are frames), colour, row and column: ``"f0_r_12_40"``.
        """
        if not hasattr(self, "_input_shape"):
            raise NotFittedError("Fit FaceCropper to name the values of its output.")
        frames = [f"f{i}_" for i in range(self._input_shape[0])]
        pixels = [f"{i}_{j}" for i, j in np.ndindex(self.size, self.size)]
        heads = frames if len(self._input_shape) == 4 else [""]
        return np.array(
            [f"{h}{colour}_{at}" for h in heads for colour in "rgb" for at in pixels],
            dtype=object,
        )

    def _check_axes(self, X):
        if X.ndim not in (4, 5) or X.shape[-3] != 3 or 0 in X.shape[1:]:
            raise ValueError(
                "Expected X of shape (n_samples, 3, height, width) or (n_samples, "
                f"n_frames, 3, height, width), got {X.shape}."
            )

    def _validated(self, X, *, reset):
        X = single_signal(X, type(self).__name__)
        if getattr(X, "dtype", None) != np.uint8:
            return super()._validated(X, reset=reset)
        self._check_axes(X)
        if reset:
            self.n_features_in_ = 3
        return X

    def _transform(self, X):
        out = np.empty((*X.shape[:-2], self.size, self.size), dtype=np.float32)
        flat = out.reshape(len(X), -1, *out.shape[-3:])

        def work(number):
            images, points, found = self._locate(X[number])
            if not found.any():
                flat[number] = np.nan
                return
            for place, image, face in zip(flat[number], images, points):
                place[:] = crop_face(image, face[:2], self.size)
            flat[number] /= np.float32(255)

        self._for_each_sample(work, len(X))
        n_empty = int(np.isnan(flat[:, 0, 0, 0, 0]).sum())
        if n_empty:
            warnings.warn(
                f"{n_empty} of {len(X)} samples show no face and are NaN; "
                "FaceCropper.valid(X) tells which.",
                stacklevel=3,
            )
        return out

    def _for_each_sample(self, work, n_samples):
        with one_blas_thread:
            Parallel(n_jobs=self.n_jobs, require="sharedmem")(
                delayed(work)(number) for number in range(n_samples)
            )

    @staticmethod
    def _locate(sample):
        """Images, points and whether found, of the frames of one sample."""
        images = to_images(sample.reshape(-1, *sample.shape[-3:]))
        return images, *track_faces(images)
