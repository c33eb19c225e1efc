"""The three small networks of MTCNN, computed with NumPy.

Their weights are read from the wheel of the package ``mtcnn`` (MIT license). Its code,
which needs TensorFlow, is not imported.
"""

from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import joblib
import numpy as np

from sklearn_emotion._validation import missing_extra

# The files are pickles, so only files with these digests are read.
_DIGESTS = {
    "pnet": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "rnet": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "onet": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}


@lru_cache(maxsize=1)
def load_weights():
    """Read the weights of the three networks.

    Returns
    -------
    weights : dict of str to list of ndarray
        Weights of ``pnet``, ``rnet`` and ``onet``, in the order of the layers: kernel
        (rows, columns, in, out), bias and slope of the PReLU.

    Raises
    ------
    ImportError
        If the package is not installed, or has another version.
    """
    package = find_spec("mtcnn")
    if package is None or find_spec("lz4") is None:
        raise missing_extra("Finding faces", "mtcnn", "video")
    from lz4.frame import decompress

    folder = Path(package.submodule_search_locations[0]) / "assets" / "weights"
    weights = {}
    for name, digest in _DIGESTS.items():
        path = folder / f"{name}.lz4"
        content = path.read_bytes() if path.is_file() else b""
        if sha256(content).hexdigest() != digest:
            raise ImportError(
                f"{path} does not hold the weights that this version expects. Install "
                'them again: pip install --force-reinstall "mtcnn==1.0.0".'
            )
        weights[name] = joblib.load(BytesIO(decompress(content)))
    return weights


def propose(x):
    """Compute for each place of an image the probability of a face of 12 pixels.

    The image is float32 of shape (1, height, width, 3), with values from -1 to 1.
    Return offsets of left, top, right and bottom, in units of the box at (2 row, 2
    column), of shape (rows, columns, 4), and probabilities of shape (rows, columns).
    """
    w = iter(load_weights()["pnet"])
    x = _pool(_convolve(x, w, prelu=True), 2, pad=True)
    x = _convolve(x, w, prelu=True)
    x = _convolve(x, w, prelu=True)
    offsets = _convolve(x, w)[0]
    return offsets, _probability(_convolve(x, w)[0])


def refine(x):
    """Compute the box and the probability of a face for patches of 24 pixels.

    Patches have the shape (n, 24, 24, 3). Values and results are as in `propose`, and
    the results have the shapes (n, 4) and (n,).
    """
    w = iter(load_weights()["rnet"])
    x = _pool(_convolve(x, w, prelu=True), 3, pad=True)
    x = _pool(_convolve(x, w, prelu=True), 3)
    x = _convolve(x, w, prelu=True)
    x = _flatten(x)
    x = _connect(x, w, prelu=True)
    offsets = _connect(x, w)
    return offsets, _probability(_connect(x, w))


def describe(x):
    """Compute the box, five points and the probability for patches of 48 pixels.

    Patches have the shape (n, 48, 48, 3). Return the offsets (n, 4) and the
    probabilities (n,) of `refine`, and between them the points (n, 5, 2): eyes, nose
    and corners of the mouth, (x, y) in units of the box. Of two points, the one on the
    left comes first.
    """
    w = iter(load_weights()["onet"])
    x = _pool(_convolve(x, w, prelu=True), 3, pad=True)
    x = _pool(_convolve(x, w, prelu=True), 3)
    x = _pool(_convolve(x, w, prelu=True), 2, pad=True)
    x = _convolve(x, w, prelu=True)
    x = _connect(_flatten(x), w, prelu=True)
    offsets = _connect(x, w)
    points = _connect(x, w).reshape(-1, 2, 5).swapaxes(1, 2)
    return offsets, points, _probability(_connect(x, w))


def _convolve(x, weights, prelu=False):
    kernel, bias = next(weights), next(weights)
    rows, columns, n_in, n_out = kernel.shape
    patches = np.lib.stride_tricks.sliding_window_view(x, (rows, columns), axis=(1, 2))
    shape = patches.shape[:3]
    patches = patches.transpose(0, 1, 2, 4, 5, 3).reshape(-1, rows * columns * n_in)
    out = (patches @ kernel.reshape(-1, n_out) + bias).reshape(*shape, n_out)
    return _prelu(out, next(weights)) if prelu else out


def _connect(x, weights, prelu=False):
    out = x @ next(weights) + next(weights)
    return _prelu(out, next(weights)) if prelu else out


def _prelu(x, slope):
    return np.maximum(x, 0) + slope.reshape(-1) * np.minimum(x, 0)


def _pool(x, size, *, pad=False):
    """Return the maximum over squares at every second pixel."""
    if pad:
        lack = [(n - 1) // 2 * 2 + size - n for n in x.shape[1:3]]
        before_after = [(max(n, 0) // 2, max(n, 0) - max(n, 0) // 2) for n in lack]
        margins = [(0, 0), *before_after, (0, 0)]
        x = np.pad(x, margins, constant_values=-np.inf)
    rows, columns = ((n - size) // 2 + 1 for n in x.shape[1:3])
    shifted = [
        x[:, i : i + 2 * rows - 1 : 2, j : j + 2 * columns - 1 : 2]
        for i in range(size)
        for j in range(size)
    ]
    out = shifted[0].copy()
    for part in shifted[1:]:
        np.maximum(out, part, out=out)
    return out


def _flatten(x):
    # The weights expect images that are stored column by column.
    return x.swapaxes(1, 2).reshape(len(x), -1)


def _probability(logits):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(logits[..., 0] - logits[..., 1]))
