"""Detection of faces in images by a cascade of networks, and tracking in videos."""

import numpy as np

from sklearn_emotion.features._face_networks import describe, propose, refine
from sklearn_emotion.features._image_patches import (
    cut_patch,
    fit_similarity,
    to_complex,
    to_points,
)

# Thresholds and overlaps of the cascade, as in its authors' code.
_SCORES = 0.6, 0.7, 0.8
_OVERLAPS = 0.5, 0.7
_PYRAMID = 0.709
# Size of the smallest face that is searched for, relative to the shorter side.
SMALLEST = 0.1
# Probability of a face below which a followed face is searched for again.
FOLLOWED = 0.95
# Mean brightness to which the middle of a face is scaled, and limits of the factor.
_LIGHT, _GAINS = 150.0, (0.7, 4.0)
# Points of an upright face, in units of the patch, as the last network expects them:
# the mean of its output for 102 frontal faces, made symmetric.
TEMPLATE = np.array(
    [[0.327, 0.393], [0.673, 0.393], [0.5, 0.574], [0.361, 0.766], [0.639, 0.766]]
)


def detect_faces(image):
    """Find all faces in an image and five points in each.

    Parameters
    ----------
    image : PIL.Image.Image
        RGB image.

    Returns
    -------
    points : ndarray of shape (n_faces, 5, 2)
        Eyes, nose and corners of the mouth, (x, y) in pixels. Of two points, the one on
        the left of the image comes first.
    sizes : ndarray of shape (n_faces,)
        Side of the square around each face.
    """
    boxes = _proposals(image)
    if len(boxes):
        offsets, scores = refine(_patches(image, boxes, 24))
        boxes = _square(_best(_moved(boxes, offsets), scores, _SCORES[1]))
    if not len(boxes):
        return np.empty((0, 5, 2)), np.empty(0)
    offsets, points, scores = describe(_patches(image, boxes, 48))
    corner, side = boxes[:, None, :2], (boxes[:, 2:] - boxes[:, :2])[:, None]
    points = corner + side * points
    boxes = _moved(boxes, offsets)
    kept = _keep(boxes, scores, _SCORES[2], _OVERLAPS[1], of_smaller=True)
    return points[kept], (boxes[kept, 2:] - boxes[kept, :2]).max(axis=1)


def update_points(image, points):
    """Find the five points of a face in an image, given their approximate positions.

    The face is cut out twice, upright, in the size that the last network expects, and
    with a common brightness. Its rotation and light therefore have little effect, and
    the given points may be half an eye distance away. The points have the shape (5, 2).
    Return the points in this image and the probability of a face.
    """
    for _ in range(2):
        scale, shift = fit_similarity(48 * TEMPLATE, points)
        patch = _brightened(cut_patch(image, (scale, shift), 48))
        _, (inside,), (score,) = describe(_scaled(patch)[None])
        points = to_points(scale * to_complex(48.0 * inside) + shift)
    return points, float(score)


class FaceTracker:
    """Follow one face through the frames of a video.

    The largest face of the first frame that shows a face is followed. In each further
    frame, the face is searched for near its previous position. If it is not there, the
    whole frame is searched, and the face nearest to the previous position is followed.
    """

    def __init__(self):
        self._points = None
        self._seen = False

    def __call__(self, image):
        """Return the points of the face as :func:`detect_faces` does, or None.

        `image` is the next frame, a PIL.Image.Image.
        """
        points = self._follow(image) if self._seen else None
        if points is None:
            points = self._search(image)
        self._seen = points is not None
        if self._seen:
            self._points = points
        return points

    def _follow(self, image):
        points, score = update_points(image, self._points)
        return points if score >= FOLLOWED and _plausible(points, image) else None

    def _search(self, image):
        faces, sizes = detect_faces(image)
        if self._points is None:
            order = np.argsort(-sizes, kind="stable")
        else:
            away = faces.mean(axis=1) - self._points.mean(axis=0)
            order = np.argsort(np.linalg.norm(away, axis=1), kind="stable")
        for face in faces[order]:
            points, score = update_points(image, face)
            if score >= _SCORES[2] and _plausible(points, image):
                return points
        return None


def track_faces(images):
    """Follow one face through frames, and interpolate it where it is not found.

    Parameters
    ----------
    images : list of PIL.Image.Image
        Frames, at a constant rate.

    Returns
    -------
    points : ndarray of shape (n_frames, 5, 2)
        Points as of :func:`detect_faces`. They are interpolated in frames without a
        face, repeated at the ends, and NaN if no frame shows a face.
    found : ndarray of bool of shape (n_frames,)
        Whether a face was found in the frame.
    """
    tracker = FaceTracker()
    faces = [tracker(image) for image in images]
    found = np.array([face is not None for face in faces])
    points = np.full((len(images), 5, 2), np.nan)
    if found.any():
        seen = np.flatnonzero(found)
        known = np.array([faces[frame] for frame in seen])
        for point, axis in np.ndindex(5, 2):
            points[:, point, axis] = np.interp(
                np.arange(len(images)), seen, known[:, point, axis]
            )
    return points, found


def _plausible(points, image):
    eyes = points[1] - points[0]
    center = points.mean(axis=0)
    inside = (center >= 0).all() and (center < image.size).all()
    return inside and np.linalg.norm(eyes) >= 0.2 * SMALLEST * min(image.size)


def _proposals(image):
    from PIL import Image

    scale = 12 / max(SMALLEST * min(image.size), 12)
    boxes, scores = [np.empty((0, 4))], [np.empty(0)]
    while min(image.size) * scale >= 12:
        size = tuple(max(round(side * scale), 12) for side in image.size)
        scaled = image.resize(size, Image.Resampling.BILINEAR)
        offsets, found = propose(_scaled(scaled)[None])
        rows, columns = np.nonzero(found > _SCORES[0])
        corner = 2 * np.stack([columns, rows], axis=1)
        ratio = np.divide(image.size, size)
        box = np.hstack([corner, corner + 12]) * np.tile(ratio, 2)
        box = _moved(box, offsets[rows, columns])
        kept = _keep(box, found[rows, columns], _SCORES[0], _OVERLAPS[0])
        boxes.append(box[kept])
        scores.append(found[rows, columns][kept])
        scale *= _PYRAMID
    return _square(_best(np.concatenate(boxes), np.concatenate(scores), _SCORES[0]))


def _best(boxes, scores, threshold):
    return boxes[_keep(boxes, scores, threshold, _OVERLAPS[1])]


def _keep(boxes, scores, threshold, overlap, of_smaller=False):
    """Return indices of good boxes, the best first, without overlaps with better ones.

    Overlap is the share of the union, or of the smaller box.
    """
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > threshold]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[order, :2])
        high = np.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = np.clip(high - low, 0, None).prod(axis=1)
        if of_smaller:
            whole = np.minimum(areas[best], areas[order])
        else:
            whole = areas[best] + areas[order] - shared
        order = order[shared <= overlap * whole]
    return np.array(kept, dtype=int)


def _moved(boxes, offsets):
    return boxes + offsets * np.tile(boxes[:, 2:] - boxes[:, :2], 2)


def _square(boxes):
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.hstack([center - half, center + half])


def _patches(image, boxes, size):
    patches = [
        cut_patch(image, (complex((right - left) / size), complex(left, top)), size)
        for left, top, right, _ in boxes
    ]
    return _scaled(np.stack(patches))


def _brightened(patch):
    """Scale the brightness of a patch, so that eyes of dark faces are found as well."""
    gain = np.clip(_LIGHT / max(patch[10:42, 8:40].mean(), 1), *_GAINS)
    return np.clip(gain * patch, 0, 255)


def _scaled(pixels):
    return (np.asarray(pixels, dtype=np.float32) - 127.5) / 128
