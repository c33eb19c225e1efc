"""Scalp images of the energy in frequency bands."""

from functools import lru_cache
from math import floor
from numbers import Integral, Real

import numpy as np
from scipy.interpolate import CloughTocher2DInterpolator
from scipy.spatial import QhullError

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._validation import check_bands, check_n_channels
from sklearn_emotion.features._chunks import one_blas_thread
from sklearn_emotion.features._filterbank import check_padding, window_energy
from sklearn_emotion.features._operators import Band
from sklearn_emotion.features._signals import check_named, warn_of_constants
from sklearn_emotion.montage import channel_names

#: Default bands, in Hz, in the order of the images.
IMAGE_BANDS = {"alpha": (8.0, 13.0), "beta": (13.0, 30.0), "theta": (4.0, 8.0)}
# The filter of the differential entropy.
ORDER = 5
# Energies that are held at a time, before they become images.
BATCH_BYTES = 8_000_000


def standard_montage():
    """Return MNE's 10-05 electrodes, whatever this version calls them.

    Returns
    -------
    montage : mne.channels.DigMontage
        Positions by name.
    """
    from mne.channels import make_standard_montage  # slow, and not always needed

    try:
        return make_standard_montage("colin27_1005")
    except ValueError:  # MNE before 1.13
        return make_standard_montage("standard_1005")


@lru_cache(maxsize=1)
def _directions():
    """Return unit vectors from the centre of the head to the 10-05 electrodes."""
    found = standard_montage().get_positions()["ch_pos"]
    places = np.array(list(found.values()), dtype=float)
    # Least-squares sphere: |p|² = 2 p·c + (r² - |c|²).
    design = np.column_stack([2 * places, np.ones(len(places))])
    centre = np.linalg.lstsq(design, (places**2).sum(axis=1))[0][:3]
    rays = places - centre
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    return dict(zip(found, rays))


def scalp_positions(ch_names):
    """Project electrodes on the plane, keeping angle and distance from the top.

    Parameters
    ----------
    ch_names : str or sequence of str
        A montage's name or channel names of the 10-05 system.

    Returns
    -------
    positions : ndarray of shape (n_channels, 2)
        To the right and to the front, in radians on a sphere; the top of the head is
        (0, 0).

    Raises
    ------
    ValueError
        If a channel has no standard position.
    """
    names, directions = channel_names(ch_names), _directions()
    unknown = [name for name in names if name not in directions]
    if unknown:
        raise ValueError(
            f"No standard position for channels {unknown}; images take the EEG "
            "channels of the 10-05 system. Drop the others first."
        )
    x, y, z = np.array([directions[name] for name in names]).T
    distance = np.arccos(z) / np.hypot(x, y)
    return np.column_stack([x * distance, y * distance])


def interpolation_matrix(ch_names, size):
    """Return Clough–Tocher interpolation from channels to pixels as a matrix.

    Pixels lie on a square grid, as wide as the farthest electrode is from the top of
    the head along either axis; the first row is in front and the first column on the
    left.

    Parameters
    ----------
    ch_names : str or sequence of str
        A montage's name or channel names.
    size : int
        Pixels along a side.

    Returns
    -------
    matrix : ndarray of float32, shape (n_channels, size * size)
        Read-only; 0 outside the hull of the electrodes.

    Raises
    ------
    ValueError
        If a channel has no standard position, or all lie on a line.
    """
    return _interpolation_matrix(tuple(channel_names(ch_names)), size)


@lru_cache(maxsize=8)
def _interpolation_matrix(names, size):
    positions = scalp_positions(names)
    axis = np.linspace(-1, 1, size) * np.abs(positions).max()
    pixels = np.stack(np.meshgrid(axis, axis[::-1]), axis=-1).reshape(-1, 2)
    try:
        # The gradients are found by iteration: to the end, so that it is linear.
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


class BandImages(SignalTransformer):
    r"""Images of the scalp whose colours are the energy in frequency bands.

    Each sample is filtered as for :class:`DifferentialEntropy`; the energy of frame k
    is the mean square over its time, from k to k + 1 over `frame_rate`. Electrodes are
    placed on the plane by the azimuthal equidistant projection, which keeps the angle
    and the distance from the top of the head, and energies are interpolated between
    them [1]_.

    Read more in the :ref:`User Guide <band_images>`.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, α 8–13, β 13–30, θ 4–8 Hz, in this order.

    ch_names : str or list of str, default="deap32"
        A montage's name (``"deap32"``, ``"biosemi32"``, ``"emotiv14"``, ``"seed62"``,
        ``"eegmat19"``), or the names of the channels in the 10-05 system.

    size : int, default=32
        Pixels along a side.

    frame_rate : float, default=8.0
        Frames per second; bounds of frames are rounded to samples.

    method : {"auto", "gemm", "fft", "sosfiltfilt"}, default="auto"
        How the energies are computed; see :class:`DifferentialEntropy`.

    n_jobs : int, default=None
        Number of threads; None is one and -1 all cores.

    Attributes
    ----------
    n_features_in_ : int
        Number of channels seen during `fit`.

    See Also
    --------
    GridProjector9x9 : Channels in cells of a grid, without interpolation.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_frames, n_bands, size, size)``, float32, in squared units of the
    input. The first row is the front of the head and the first column its left; the
    image is as wide as the electrodes are, and 0 outside their hull. Between them the
    interpolation may overshoot a little below 0. A constant channel has energy 0 and
    gives a warning.

    Departures from [1]_: a frame of 125 ms does not resolve θ, so the sample is
    band-passed in place of a spectrum per frame; both axes have one scale. Positions
    are those of MNE's template head, seen from the centre of its best sphere.

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
        "sfreq": [Interval(Real, 0, None, closed="neither")],
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
        sfreq=128.0,
        bands=None,
        ch_names="deap32",
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
        input_features : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        names : ndarray of str
            Such as ``"f0_alpha_r0c0"``: frame, band, row and column.
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
        """Return the first sample of each frame, and the end of the last."""
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
                centre=False,
                method=self.method,
                n_jobs=self.n_jobs,
            )
            first[batch] = energy[:, :1, :1]
            with one_blas_thread:
                pixels = images[batch].reshape(-1, matrix.shape[1])
                np.matmul(energy.reshape(-1, X.shape[1]), matrix, out=pixels)
        warn_of_constants(X, first, 0.0, "their energy is 0")
        return images
