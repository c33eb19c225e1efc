"""Faces that are rotated and scaled so that the eyes lie in fixed places."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._image_patches import (
    cut_patch,
    fit_similarity,
    to_bytes,
    to_image,
)
from sklearn_emotion.preprocessing._docs import VIDEO

#: Places of the eyes in a crop, (x, y) as a share of its side. The eye on the left of
#: the image comes first. The side is 10 / 3 eye distances, from hair line to chin.
EYE_PLACES = np.array([[0.35, 0.38], [0.65, 0.38]])


@fill_doc(VIDEO)
def align_face(image, eyes, *, size=64):
    """Cut out a face whose eyes are known.

    The face is rotated and scaled so that the eyes lie at 35 % and 65 % of the crop's
    width and at 38 % of its height.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3) or (3, height, width)
        Red, green and blue, as uint8 or floats from 0 to 1.

    eyes : array-like of shape (2, 2)
        Centers (x, y) of the eyes in pixels. The eye on the left of the image comes
        first.

    %(size)s

    Returns
    -------
    crop : ndarray of float32 of shape (3, size, size)
        Values from 0 to 1. Beyond the image, its border is repeated.

    Raises
    ------
    ValueError
        If an argument has another shape, if values are out of range, or if both eyes
        are in the same place.

    See Also
    --------
    FaceCropper : Finds the eyes as well.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.preprocessing import align_face
    >>> image = np.zeros((40, 60, 3), dtype=np.uint8)
    >>> image[10, 20] = image[10, 40] = 255
    >>> crop = align_face(image, [(20.5, 10.5), (40.5, 10.5)])
    >>> row = crop[0, 24]  # 38 % of 64
    >>> np.argsort(row)[-2:].tolist()  # 35 % and 65 % of 64
    [22, 41]
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[0] == 3 and image.shape[2] != 3:
        image = image.transpose(1, 2, 0)
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(
            "Expected image of shape (height, width, 3) or (3, height, width), got "
            f"{image.shape}."
        )
    eyes = np.asarray(eyes, dtype=float)
    if eyes.shape != (2, 2) or not np.isfinite(eyes).all():
        raise ValueError(
            f"Expected eyes of shape (2, 2), two finite points (x, y), got {eyes}."
        )
    if (eyes[0] == eyes[1]).all():
        raise ValueError(f"Both eyes are at {tuple(eyes[0])}, but they must differ.")
    crop = crop_face(to_image(to_bytes(image)), eyes, size)
    return crop.astype(np.float32) / np.float32(255)


def crop_face(image, eyes, size):
    """Return the crop of a face, uint8 of shape (3, size, size).

    `image` is an RGB image of Pillow. :func:`align_face` describes `eyes`.
    """
    similarity = fit_similarity(size * EYE_PLACES, eyes)
    return cut_patch(image, similarity, size).transpose(2, 0, 1)
