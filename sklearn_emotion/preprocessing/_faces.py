"""Detection, tracking and alignment of faces in frames that are in memory."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed

from sklearn_emotion._base import Interval, SignalTransformer
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import reshape_hint, single_signal, warn_user
from sklearn_emotion.features._chunks import one_blas_thread
from sklearn_emotion.features._face_detection import track_faces
from sklearn_emotion.features._image_patches import to_images
from sklearn_emotion.preprocessing._docs import VIDEO
from sklearn_emotion.preprocessing._face_alignment import crop_face

_PARAMETERS = """
X : array-like of shape (n_samples, [n_frames,] 3, height, width)
    Frames.
"""


@fill_doc(VIDEO, _PARAMETERS)
class FaceCropper(SignalTransformer):
    """Find the face in each frame, rotate it upright, and crop it.

    Faces and five points in each are found by the three networks of MTCNN [1]_,
    computed here with NumPy. In a sequence of frames, the largest face of the first
    frame that shows a face is followed. If a frame shows no face, the place of the face
    is interpolated between the neighboring frames, and repeated at the ends. The eyes
    lie at 35 % and 65 % of the crop's width and at 38 % of its height.
    :class:`DeepVANet` takes crops of 64 pixels, and :class:`VisualCNNTCN` takes crops
    of 48 pixels.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    %(parameters)s

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
    The input has the shape ``(n_samples, 3, height, width)`` or
    ``(n_samples, n_frames, 3, height, width)``, as uint8 or floats from 0 to 1, which
    are rounded to 256 levels. In the output, float32 from 0 to 1, height and width are
    `size`. Samples without any face are NaN, and a warning states their number: see
    :meth:`valid`.

    The extra ``video`` is needed. The weights of the networks come with the package
    ``mtcnn``, and nothing is downloaded. The networks find faces but do not identify
    people.

    Departures from [1]_: each face is cut out twice more, upright, with a common
    brightness and in the size that the last network expects. Its rotation and its light
    therefore have little effect.

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
    >>> FaceCropper().valid(frames)  # no frame shows a face
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
        %(X)s

        Returns
        -------
        points : ndarray of float32 of shape (n_samples, [n_frames,] 5, 2)
            Eyes, nose and corners of the mouth, (x, y) in pixels. Of two points, the
            one on the left of the image comes first. Points are interpolated in frames
            without a face, and NaN in samples without any.
        found : ndarray of bool of shape (n_samples[, n_frames])
            Whether a face was found in the frame.
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
        """Return which samples show a face.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        mask : ndarray of bool of shape (n_samples,)
            False if :meth:`transform` returns NaN for the sample.
        """
        _, found = self.landmarks(X)
        return found.reshape(len(found), -1).any(axis=1)

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Frame (if there are frames), color, row and column, such as
            ``"f0_r_12_40"``.
        """
        check_named(self)
        frames = [f"f{i}_" for i in range(self._input_shape[0])]
        pixels = [f"{i}_{j}" for i, j in np.ndindex(self.size, self.size)]
        heads = frames if len(self._input_shape) == 4 else [""]
        return np.array(
            [f"{h}{color}_{at}" for h in heads for color in "rgb" for at in pixels],
            dtype=object,
        )

    def _check_axes(self, X):
        if X.ndim not in (4, 5) or X.shape[-3] != 3 or 0 in X.shape[1:]:
            raise ValueError(
                "Expected X of shape (n_samples, 3, height, width) or (n_samples, "
                f"n_frames, 3, height, width), got {X.shape}."
                f"{reshape_hint(X.shape, 4)}"
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
            warn_user(
                f"{n_empty} of {len(X)} samples show no face; their crops are NaN. "
                "FaceCropper.valid(X) returns which samples show a face."
            )
        return out

    def _for_each_sample(self, work, n_samples):
        with one_blas_thread:
            Parallel(n_jobs=self.n_jobs, require="sharedmem")(
                delayed(work)(number) for number in range(n_samples)
            )

    @staticmethod
    def _locate(sample):
        """Return the images, points and found flags of the frames of a sample."""
        images = to_images(sample.reshape(-1, *sample.shape[-3:]))
        return images, *track_faces(images)
