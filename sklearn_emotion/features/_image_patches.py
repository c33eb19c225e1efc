"""Square patches that are cut out of an image by a similarity transform.

Points are (x, y) in pixels, and pixel i covers [i, i + 1). A similarity is a pair of
complex numbers that maps z = x + iy to ``scale * z + shift``.
"""

from math import ceil, floor

import numpy as np


def fit_similarity(source, target):
    """Return the least-squares similarity (scale, shift) from source to target points.

    Both have the shape (n_points, 2), with at least two different points.
    """
    a, b = to_complex(source), to_complex(target)
    centered = a - a.mean()
    scale = (np.conj(centered) * (b - b.mean())).sum() / (np.abs(centered) ** 2).sum()
    return complex(scale), complex(b.mean() - scale * a.mean())


def to_complex(points):
    """Return points (..., 2) as complex numbers (...)."""
    return points[..., 0] + 1j * points[..., 1]


def to_points(numbers):
    """Return complex numbers (...) as points (..., 2)."""
    return np.stack([numbers.real, numbers.imag], axis=-1)


def to_bytes(X):
    """Return pixels as uint8. Floats from 0 to 1 are scaled and rounded.

    An array of uint8 is returned as it is. Floats that are out of range or not finite,
    and other types, raise a ValueError.
    """
    if X.dtype == np.uint8:
        return X
    if not np.issubdtype(X.dtype, np.floating):
        raise ValueError(
            f"Images must be uint8 or floats from 0 to 1, got {X.dtype} values."
        )
    low, high = X.min(initial=0), X.max(initial=0)
    if np.isnan(low) or np.isnan(high):
        raise ValueError("Images contain NaN.")
    if low < 0 or high > 1:
        raise ValueError(
            f"Images of floats must have values from 0 to 1, got {low:g} to {high:g}. "
            "Pass values from 0 to 255 as uint8."
        )
    return np.round(255 * X).astype(np.uint8)


def to_image(frame):
    """Return a frame, uint8 of shape (height, width, 3), as an image of Pillow."""
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(frame))


def to_images(frames):
    """Return frames of shape (n_frames, 3, height, width) as images of Pillow."""
    return [to_image(frame.transpose(1, 2, 0)) for frame in to_bytes(frames)]


def cut_patch(image, similarity, size):
    """Cut out a square patch that may be rotated and may extend beyond the image.

    If the patch is coarser than the image, pixels are averaged first to avoid aliasing.
    Beyond the image, its border is repeated.

    Parameters
    ----------
    image : PIL.Image.Image
        RGB image.
    similarity : (complex, complex)
        Map from the pixels of the patch to the pixels of the image.
    size : int
        Side of the patch.

    Returns
    -------
    patch : ndarray of uint8 of shape (size, size, 3)
        Pixels of the patch.
    """
    from PIL import Image

    scale, shift = similarity
    corners = scale * np.array([0, size, 1j * size, (1 + 1j) * size]) + shift
    margin = 2 * max(abs(scale), 1)
    left, right = _span(corners.real, margin, image.width)
    top, bottom = _span(corners.imag, margin, image.height)
    part = _crop(image, left, top, right, bottom)
    coarse = max(abs(scale), 1)
    width = max(round((right - left) / coarse), 1)
    height = max(round((bottom - top) / coarse), 1)
    if coarse > 1:
        part = part.resize((width, height), Image.Resampling.BILINEAR)
    x, y = width / (right - left), height / (bottom - top)
    affine = (
        scale.real * x,
        -scale.imag * x,
        (shift.real - left) * x,
        scale.imag * y,
        scale.real * y,
        (shift.imag - top) * y,
    )
    patch = part.transform(
        (size, size), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR
    )
    return np.asarray(patch)


def _span(values, margin, limit):
    # The limits bound the memory for patches far outside, which wrong points give.
    low = min(max(floor(values.min() - margin), -2 * limit), limit - 1)
    high = max(min(ceil(values.max() + margin), 3 * limit), 1)
    return low, max(high, low + 1)


def _crop(image, left, top, right, bottom):
    """Return the pixels of a box. Beyond the image, its border is repeated."""
    inner = (
        max(left, 0),
        max(top, 0),
        min(right, image.width),
        min(bottom, image.height),
    )
    if inner == (left, top, right, bottom):
        return image.crop(inner)
    columns = np.clip(np.arange(left, right), 0, image.width - 1)
    rows = np.clip(np.arange(top, bottom), 0, image.height - 1)
    return to_image(np.asarray(image)[rows[:, None], columns])
