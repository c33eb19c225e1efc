"""Scalp images of the energy in frequency bands."""

from functools import lru_cache
from math import floor
from numbers import Integral, Real

import numpy as np
from scipy.interpolate import CloughTocher2DInterpolator
from scipy.spatial import QhullError

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import check_bands, check_n_channels
from sklearn_emotion.features._chunks import one_blas_thread
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._filterbank import check_padding, window_energy
from sklearn_emotion.features._operators import Band
from sklearn_emotion.features._signals import warn_of_constants
from sklearn_emotion.montage import channel_names

#: Default bands, in Hz, in the order of the images.
IMAGE_BANDS = {"alpha": (8.0, 13.0), "beta": (13.0, 30.0), "theta": (4.0, 8.0)}
# The filter of the differential entropy.
ORDER = 5
# Bytes of energies that are held at a time, before they become images.
BATCH_BYTES = 8_000_000

_PARAMETERS = """
bands : dict of str to (float, float) or None
    Name and edges in Hz of each band. If None, alpha 8-13, beta 13-30 and theta 4-8 Hz,
    in this order.

size : int
    Number of pixels along a side.

frame_rate : float
    Number of frames per second. The bounds of the frames are rounded to samples.

method : {"auto", "gemm", "fft", "sosfiltfilt"}
    Method that computes the energies, as in :class:`DifferentialEntropy`.
"""


def standard_montage():
    """Return MNE's 10-05 electrodes, whose name depends on the version of MNE."""
    from mne.channels import make_standard_montage  # slow, and not always needed

    try:
        return make_standard_montage("colin27_1005")
    except ValueError:  # MNE before 1.13
        return make_standard_montage("standard_1005")


@lru_cache(maxsize=1)
def _directions():
    """Return unit vectors from the center of the head to the 10-05 electrodes."""
    found = standard_montage().get_positions()["ch_pos"]
    places = np.array(list(found.values()), dtype=float)
    # Least-squares sphere: |p|² = 2 p·c + (r² - |c|²).
    design = np.column_stack([2 * places, np.ones(len(places))])
    center = np.linalg.lstsq(design, (places**2).sum(axis=1))[0][:3]
    rays = places - center
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    return dict(zip(found, rays))


def scalp_positions(ch_names):
    """Project electrodes on a plane that preserves angle and distance from the top.

    Parameters
    ----------
    ch_names : str or sequence of str
        Name of a montage, or names of channels of the 10-05 system.

    Returns
    -------
    positions : ndarray of shape (n_channels, 2)
        Distance to the right and to the front of the top of the head, in radians on a
        sphere.

    Raises
    ------
    ValueError
        If a channel has no standard position.
    """
    names, directions = channel_names(ch_names), _directions()
    unknown = [name for name in names if name not in directions]
    if unknown:
        raise ValueError(
            f"There is no standard position for channels {unknown}; images take the "
            "EEG channels of the 10-05 system. Drop the other channels first."
        )
    x, y, z = np.array([directions[name] for name in names]).T
    distance = np.arccos(z) / np.hypot(x, y)
    return np.column_stack([x * distance, y * distance])


def interpolation_matrix(ch_names, size):
    """Return Clough–Tocher interpolation from channels to pixels as a matrix.

    Pixels lie on a square grid with `size` pixels along each side. Its half width is
    the largest coordinate of an electrode. The first row is in front and the first
    column on the left. The matrix is float32 of shape (n_channels, size * size),
    read-only, and 0 outside the hull of the electrodes. A channel without a standard
    position, and channels that all lie on a line, raise a ValueError.
    """
    return _interpolation_matrix(tuple(channel_names(ch_names)), size)


@lru_cache(maxsize=8)
def _interpolation_matrix(names, size):
    positions = scalp_positions(names)
    axis = np.linspace(-1, 1, size) * np.abs(positions).max()
    pixels = np.stack(np.meshgrid(axis, axis[::-1]), axis=-1).reshape(-1, 2)
    try:
        # The gradients are iterated until they converge, so that it is linear.
        interpolate = CloughTocher2DInterpolator(
            positions, np.eye(len(names)), fill_value=0.0, tol=1e-12, maxiter=10_000
        )
    except (QhullError, ValueError) as error:
        raise ValueError(
            "Images need at least three channels that do not lie on a line, got "
            f"{list(names)}."
        ) from error
    matrix = np.ascontiguousarray(interpolate(pixels).T, dtype=np.float32)
    matrix.flags.writeable = False
    return matrix


@fill_doc(SIGNALS, _PARAMETERS)
class BandImages(SignalTransformer):
    """Compute images of the scalp that show the energy in frequency bands.

    Each sample is filtered as in :class:`DifferentialEntropy`. The energy of frame k is
    the mean square from ``k / frame_rate`` to ``(k + 1) / frame_rate`` seconds. The
    azimuthal equidistant projection places the electrodes on a plane and preserves
    their angle and their distance from the top of the head. Energies are interpolated
    between the electrodes [1]_.

    Read more in the :ref:`User Guide <band_images>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(sfreq_)s

    %(ch_names_)s

    %(n_features_in_)s

    See Also
    --------
    GridProjector9x9 : Channels in cells of a grid, without interpolation.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_frames, n_bands, size, size)``, float32, in squared units of the
    input. The first row is the front of the head and the first column its left side.
    The image is as wide as the electrodes are, and 0 outside their hull. Between
    electrodes, the interpolation may fall slightly below 0. A constant channel has
    energy 0 and triggers a warning. Channels may be any of the 10-05 system.

    Departures from [1]_: a frame of 125 ms does not resolve theta, so the sample is
    band-passed instead of computing a spectrum per frame. Both axes have the same
    scale. Positions are taken from MNE's template head and seen from the center of
    its best-fitting sphere.

    References
    ----------
    .. [1] P. Bashivan, I. Rish, M. Yeasin and N. Codella, "Learning representations
       from EEG with deep recurrent-convolutional neural networks", ICLR 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BandImages
    >>> X = np.random.default_rng(0).standard_normal((2, 32, 256))
    >>> BandImages(size=16).fit_transform(X).shape
    (2, 16, 3, 16, 16)
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "bands": [dict, None],
        "ch_names": [str, "array-like"],
        "size": [Interval(Integral, 2, None, closed="left")],
        "frame_rate": [Interval(Real, 0, None, closed="neither")],
        "method": [StrOptions({"auto", "gemm", "fft", "sosfiltfilt"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        bands=None,
        ch_names="auto",
        size=32,
        frame_rate=8.0,
        method="auto",
        n_jobs=None,
    ):
        self.sfreq = sfreq
        self.bands = bands
        self.ch_names = ch_names
        self.size = size
        self.frame_rate = frame_rate
        self.method = method
        self.n_jobs = n_jobs

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Frame, band, row and column, such as ``"f0_alpha_r0c0"``.
        """
        n_times = check_named(self)[-1]
        names = [
            f"f{frame}_{band}_r{row}c{column}"
            for frame in range(len(self._bounds(n_times)) - 1)
            for band in self._bands()
            for row in range(self.size)
            for column in range(self.size)
        ]
        return np.array(names, dtype=object)

    def _bands(self):
        return check_bands(
            IMAGE_BANDS if self.bands is None else self.bands, self.sfreq
        )

    def _bounds(self, n_times):
        """Return the first sample of each frame, and the end of the last frame."""
        n_frames = floor(n_times / self.sfreq * self.frame_rate + 1e-9)
        if n_frames < 1:
            raise ValueError(
                f"Samples of {n_times / self.sfreq:g} s are shorter than a frame of "
                f"{1 / self.frame_rate:g} s (frame_rate={self.frame_rate})."
            )
        exact = np.arange(n_frames + 1) * self.sfreq / self.frame_rate
        bounds = np.minimum(np.floor(exact + 0.5 + 1e-9).astype(int), n_times)
        if np.diff(bounds).min() < 1:
            raise ValueError(
                f"frame_rate={self.frame_rate} leaves frames without a time point at "
                f"{self.sfreq} Hz; take at most {self.sfreq:g}."
            )
        return bounds

    def _check(self, X):
        self._bands()
        names = channel_names(self.ch_names)
        owner = type(self).__name__
        check_n_channels(X.shape[1], len(names), owner, self.ch_names)
        self._bounds(X.shape[-1])
        check_padding(X.shape[-1], ORDER, self.sfreq)
        interpolation_matrix(names, self.size)

    def _transform(self, X):
        bands = [Band(*edges, ORDER, self.sfreq) for edges in self._bands().values()]
        bounds = self._bounds(X.shape[-1])
        matrix = interpolation_matrix(self.ch_names, self.size)
        n_frames = len(bounds) - 1
        images = np.empty(
            (len(X), n_frames, len(bands), self.size, self.size), dtype=np.float32
        )
        first = np.empty((len(X), 1, 1, X.shape[1]), dtype=np.float32)
        step = max(1, BATCH_BYTES // (4 * n_frames * len(bands) * X.shape[1]))
        for start in range(0, len(X), step):
            batch = slice(start, start + step)
            energy = window_energy(
                X[batch],
                bands,
                bounds,
                center=False,
                method=self.method,
                n_jobs=self.n_jobs,
            )
            first[batch] = energy[:, :1, :1]
            with one_blas_thread:
                pixels = images[batch].reshape(-1, matrix.shape[1])
                np.matmul(energy.reshape(-1, X.shape[1]), matrix, out=pixels)
        warn_of_constants(X, first, 0.0, "their energy is 0")
        return images
