"""The pulse in the color of the skin, from frames of a face."""

from numbers import Real

import numpy as np
from sklearn.utils.validation import check_array

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import check_n_channels, check_shape, single_signal

WINDOW = 1.6  # s, of both papers
# Below, harmonics of fast pulses are lost, and find_pulse_peaks needs the same rate.
MIN_RATE = 20.0

_PARAMETERS = """
X : ndarray of shape (n_samples, n_frames, 3, height, width)
    Frames of the skin of a face in RGB, as uint8 or as floats from 0 to 1, or a mapping
    that contains exactly one such array.
"""


@fill_doc(_PARAMETERS)
class RemotePulse(SignalTransformer):
    r"""Compute a pulse wave from the color of the face in a video.

    The blood in the skin absorbs light, most of all green light. Let :math:`c_i(t)` be
    the mean of color :math:`i` over the pixels of a frame, divided by its mean over a
    window of 1.6 s. Motion and light change all colors alike, and the pulse does not,
    so both methods combine the colors into two signals and weight them in each window:

    - ``"pos"`` (plane orthogonal to skin, [1]_):
      :math:`s = x + \frac{\sigma_x}{\sigma_y} y` with :math:`x = c_G - c_B` and
      :math:`y = c_G + c_B - 2 c_R`
    - ``"chrom"`` (chrominance, [2]_): :math:`s = x - \frac{\sigma_x}{\sigma_y} y` with
      :math:`x = 3 c_R - 2 c_G` and :math:`y = 1.5 c_R + c_G - 1.5 c_B`

    The windows are centered and added where they overlap. The sign is chosen so that
    the signal rises at a heart beat, as :func:`find_pulse_peaks` and
    ``HRVFeatures(signal="pulse")`` expect.

    Read more in the :ref:`User Guide <remote_pulse>`.

    Parameters
    ----------
    frame_rate : float, default=25.0
        Number of frames per second, at least 20. It is also the sampling rate of the
        output.

    method : {"pos", "chrom"}, default="pos"
        How the colors are combined.

    skin : float, default=0.6
        Part of the height and width around the center of the frame over which the color
        is averaged, in (0, 1]. In an aligned crop of a face, 0.6 leaves out hair and
        background.

    Attributes
    ----------
    n_features_in_ : int
        Number of colors, which is 3.

    See Also
    --------
    FaceCropper : Crops of the face in each frame.
    PulseFeatures : Measures of a pulse wave.

    Notes
    -----
    The output has the shape (n_samples, 1, n_frames) and no unit. Mean colors are
    computed in float64 from the pixels as they are, so that frames of uint8 are not
    copied.

    The pulse changes the color by less than 1 %, and the compression of most videos
    removes such changes. Compare the heart rate with another sensor before you rely on
    it. A sample without light, or without any change of color, gives zeros.

    Departures:

    - The skin is a rectangle, and pixels are not classified into skin and others.
    - [2]_ applies a band-pass filter in each window. Here, a straight line is
      subtracted from both signals of a window, and Hann windows overlap by a half as in
      the paper.

    References
    ----------
    .. [1] W. Wang, A. C. den Brinker, S. Stuijk and G. de Haan, "Algorithmic principles
       of remote PPG", IEEE Trans. Biomed. Eng. 64(7):1479-1491, 2017.
    .. [2] G. de Haan and V. Jeanne, "Robust pulse rate from chrominance-based rPPG",
       IEEE Trans. Biomed. Eng. 60(10):2878-2886, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import RemotePulse
    >>> t = np.arange(250) / 25
    >>> beat = np.sin(2 * np.pi * 1.2 * t)[:, None]  # 72 beats per minute
    >>> color = np.array([0.7, 0.5, 0.4]) * (1 - 0.01 * beat * [0.33, 0.77, 0.53])
    >>> X = np.broadcast_to(color[None, :, :, None, None], (1, 250, 3, 8, 8))
    >>> pulse = RemotePulse(frame_rate=25).fit_transform(X)
    >>> pulse.shape
    (1, 1, 250)
    >>> bool(np.corrcoef(pulse[0, 0], beat[:, 0])[0, 1] > 0.9)
    True
    """

    _parameter_constraints: dict = {
        "frame_rate": [Interval(Real, MIN_RATE, None, closed="left")],
        "method": [StrOptions({"pos", "chrom"})],
        "skin": [Interval(Real, 0, 1, closed="right")],
    }
    _axes = ("n_samples", "n_frames", 3, "height", "width")
    _channel_axis = 2

    def __init__(self, *, frame_rate=25.0, method="pos", skin=0.6):
        self.frame_rate = frame_rate
        self.method = method
        self.skin = skin

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, such as ``"t12"`` for frame 12.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Numbers of the frames.
        """
        check_named(self)
        return np.array([f"t{i}" for i in range(self._input_shape[0])], dtype=object)

    def _n_in_window(self):
        return round(WINDOW * self.frame_rate)

    def _check(self, X):
        if X.shape[1] < self._n_in_window():
            raise ValueError(
                f"X has {X.shape[1]} frames, which last "
                f"{X.shape[1] / self.frame_rate:g} s at frame_rate="
                f"{self.frame_rate:g}. The pulse needs at least {WINDOW:g} s."
            )

    def _validated(self, X, *, reset):
        owner = type(self).__name__
        X = single_signal(X, owner)
        if getattr(X, "dtype", None) != np.uint8:
            return super()._validated(X, reset=reset)
        # Pixels of one byte are always finite, and need no copy as floats.
        check_shape(X, self._axes)
        check_n_channels(X.shape[2], 3, owner)
        check_array(X, dtype=None, allow_nd=True, estimator=owner)
        if reset:
            self.n_features_in_ = X.shape[2]
        self._check(X)
        return X

    def _transform(self, X):
        out = np.zeros((len(X), 1, X.shape[1]), dtype=np.float32)
        combine = _pos if self.method == "pos" else _chrom
        rows, columns = (_middle(size, self.skin) for size in X.shape[3:])
        for frames, pulse in zip(X, out):
            colors = frames[..., rows, columns].mean(axis=(2, 3), dtype=np.float64)
            pulse[0] = combine(colors.T, self._n_in_window())
        return out


def _middle(size, share):
    n = max(round(share * size), 1)
    first = (size - n) // 2
    return slice(first, first + n)


def _normalized_windows(colors, length):
    """Return windows (3, n_windows, length), divided by their means, and a mask.

    The mask states in which windows no color is black.
    """
    windows = np.lib.stride_tricks.sliding_window_view(colors, length, axis=1)
    mean = windows.mean(axis=2, keepdims=True)
    lit = (mean > 0).all(axis=0)
    return windows / np.where(lit, mean, 1.0), lit


def _ratio(x, y):
    """Return the ratio of the standard deviations of windows, 0 if y is constant."""
    below = y.std(axis=1, keepdims=True)
    return np.divide(
        x.std(axis=1, keepdims=True), below, out=np.zeros_like(below), where=below > 0
    )


def _overlap_add(windows, starts, n_frames):
    out = np.zeros(n_frames)
    at = np.asarray(starts)[:, None] + np.arange(windows.shape[1])
    np.add.at(out, at, windows)
    return out


def _pos(colors, length):
    """Return the pulse of colors (3, n_frames), from a window at each frame."""
    (red, green, blue), lit = _normalized_windows(colors, length)
    x, y = green - blue, green + blue - 2 * red
    s = np.where(lit, x + _ratio(x, y) * y, 0.0)
    # The light that is reflected falls at a beat.
    s = s.mean(axis=1, keepdims=True) - s
    return _overlap_add(s, np.arange(len(s)), colors.shape[1])


def _chrom(colors, length):
    """Return the pulse of colors (3, n_frames), from windows that overlap."""
    length += length % 2
    n_frames, half = colors.shape[1], length // 2
    # Half a window is added on both sides, so that all frames lie in two windows.
    n_after = half + (-n_frames) % half
    padded = np.pad(colors, ((0, 0), (half, n_after)), mode="reflect")
    normalized, lit = _normalized_windows(padded, length)
    starts = np.arange(0, normalized.shape[1], half)
    (red, green, blue), lit = normalized[:, starts], lit[starts]
    x = _detrended(3 * red - 2 * green)
    y = _detrended(1.5 * red + green - 1.5 * blue)
    hann = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    s = np.where(lit, hann * (x - _ratio(x, y) * y), 0.0)
    return _overlap_add(s, starts, padded.shape[1])[half : half + n_frames]


def _detrended(windows):
    """Subtract the least-squares line from each window.

    A constant becomes exactly zero, unlike in `scipy.signal.detrend`.
    """
    line = np.linspace(-1, 1, windows.shape[1])
    line /= np.linalg.norm(line)
    windows = windows - windows.mean(axis=1, keepdims=True)
    return windows - (windows @ line)[:, None] * line
