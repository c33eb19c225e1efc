"""Square patches cut out of an image by a similarity transform.

Points are (x, y) in pixels, and a pixel covers [i, i + 1). A similarity is a pair of
complex numbers: it takes z = x + iy to ``scale * z + shift``.
"""

from math import ceil, floor

import numpy as np


def fit_similarity(source, target):
    """Return the similarity that takes some points nearest to others.

    Parameters
    ----------
    source, target : ndarray of shape (n_points, 2)
        Points, at least two different ones.

    Returns
    -------
    scale, shift : complex, complex
        The least-squares solution.
    """
    a, b = to_complex(source), to_complex(target)
    centred = a - a.mean()
    scale = (np.conj(centred) * (b - b.mean())).sum() / (np.abs(centred) ** 2).sum()
    return complex(scale), complex(b.mean() - scale * a.mean())


def to_complex(points):
    """Return points (..., 2) as complex numbers (...)."""
    return points[..., 0] + 1j * points[..., 1]


def to_points(numbers):
    """Return complex numbers (...) as points (..., 2)."""
    return np.stack([numbers.real, numbers.imag], axis=-1)


def to_bytes(X):
    """Return pixels as uint8; floats are taken from 0 to 1 and rounded.

    Parameters
    ----------
    X : ndarray
        Pixels.

    Returns
    -------
    pixels : ndarray of uint8
        The array itself if it has that type.

    Raises
    ------
    ValueError
        If floats are out of range or not finite, or the type is another one.
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
            f"Images of floats must hold values from 0 to 1, got {low:g} to {high:g}; "
            "give values from 0 to 255 as uint8."
        )
    return np.round(255 * X).astype(np.uint8)


def to_image(frame):
    """Return a frame as an image of Pillow.

    Parameters
    ----------
    frame : ndarray of uint8 of shape (height, width, 3)
        Red, green and blue.

    Returns
    -------
    image : PIL.Image.Image
        The same pixels.
    """
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(frame))


def to_images(frames):
    """Return frames as images of Pillow.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, 3, height, width)
        As :func:`to_bytes` takes them.

    Returns
    -------
    images : list of PIL.Image.Image
        One a frame.
    """
    return [to_image(frame.transpose(1, 2, 0)) for frame in to_bytes(frames)]


def cut_patch(image, similarity, size):
    """Cut a square patch that may be rotated and may reach beyond the image.

    Where the patch is coarser than the image, pixels are averaged first, so that
    nothing is aliased. Beyond the image its border is repeated.

    Parameters
    ----------
    image : PIL.Image.Image
        RGB image.
    similarity : (complex, complex)
        From the patch's pixels to the image's.
    size : int
        Side of the patch.

    Returns
    -------
    patch : ndarray of uint8 of shape (size, size, 3)
        Its pixels.
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
    # A patch far outside, from points that are wrong, must not ask for much memory.
    low = min(max(floor(values.min() - margin), -2 * limit), limit - 1)
    high = max(min(ceil(values.max() + margin), 3 * limit), 1)
    return low, max(high, low + 1)


def _crop(image, left, top, right, bottom):
    """Pixels of a box; beyond the image its border is repeated."""
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
