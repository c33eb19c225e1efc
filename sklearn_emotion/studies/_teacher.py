"""Training of a teacher of 3FACRNN on faces of other data sets."""

from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import Column, read_names, read_table
from sklearn_emotion._validation import missing_extra

# Side of the images in pixels, and largest number of pixels of an image to read.
SIZE, MAX_PIXELS = 48, 2**26
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}

_TEXTS = """
target : str
    Name of the rating to learn, such as ``"valence"``.

threshold : float
    Ratings above it are class 1, and all others class 0.
"""


@fill_doc(_TEXTS)
def pretrain_teacher(
    afew_va=None,
    stills=None,
    *,
    target="valence",
    threshold=0.0,
    teacher=None,
    cnn=None,
    path=None,
    cache_dir=None,
):
    """Train the teacher of 3FACRNN on other data sets, as in the paper.

    First, a network for still images is trained on images of faces, such as AffectNet.
    Its convolutions are the start of the network for video, which is then trained on
    AFEW-VA [1]_. Each of the two data sets can be left out.

    Read more in the :ref:`User Guide <teacher>`.

    Parameters
    ----------
    afew_va : EmotionDataset or path-like or None, default=None
        Result of :func:`~sklearn_emotion.datasets.load_afew_va` with ``face_size=48``,
        or the folder that it takes as ``data_home``. If None, the network for video is
        trained on `stills`, which count as videos of one frame.

    stills : path-like or DataFrame or None, default=None
        Images of faces: a folder with a folder of images for each class, or a table, or
        its file in the format CSV. A table has the column ``path``, relative to the
        folder of the file, and the column ``label`` or a column `target` with ratings.
        Rows without a rating are left out. Images are resized to 48 x 48
        pixels, so they should show nothing but the face.

    %(target)s

    %(threshold)s

    teacher : VisualCNNTCN or None, default=None
        Network for video, not fitted. None stands for its default settings with
        ``random_state=0``. ``VisualCNNTCN.paper_params()`` returns those of the paper.

    cnn : VisualCNN or None, default=None
        Network for still images with ``architecture="3facrnn"``, not fitted. None
        stands for its default settings with ``random_state=0``.

    path : path-like or None, default=None
        File in which the result is saved, for :func:`~sklearn_emotion.load_model`.

    cache_dir : path-like or None, default=None
        Folder in which the faces of AFEW-VA are stored, if `afew_va` is a folder.

    Returns
    -------
    teacher : FrozenEstimator
        Fitted network for the parameter `teacher` of :class:`ThreeFACRNN`, which does
        not fit it again.

    Raises
    ------
    ValueError
        If both data sets are None, if an image cannot be read, if a table has no
        suitable column, or if the faces of `afew_va` do not have 48 x 48 pixels.
    FileNotFoundError
        If a file or folder does not exist.

    See Also
    --------
    sklearn_emotion.make_three_fac_rnn : Pipeline with the network that learns from the
        teacher.

    Notes
    -----
    Departures from [1]_: the paper does not state how it uses AffectNet, nor how it
    makes classes of ratings. Here, AffectNet trains the convolutions only, and the
    threshold is the middle of the scale from -10 to 10.

    References
    ----------
    .. [1] Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, "Attention-based 3D
       convolutional recurrent neural network model for multimodal emotion
       recognition", Frontiers in Neuroscience 17:1330077, 2024.

    Examples
    --------
    >>> from sklearn_emotion import make_three_fac_rnn
    >>> from sklearn_emotion.studies import pretrain_teacher
    >>> teacher = pretrain_teacher(
    ...     "/path/to/data", "/path/to/affectnet", path="teacher.zip"
    ... )  # doctest: +SKIP
    >>> model = make_three_fac_rnn(teacher=teacher)  # doctest: +SKIP
    """
    from sklearn.base import clone
    from sklearn.frozen import FrozenEstimator

    from sklearn_emotion.datasets import load_afew_va
    from sklearn_emotion.models import VisualCNN, VisualCNNTCN
    from sklearn_emotion.persistence import save_model

    if afew_va is None and stills is None:
        raise ValueError(
            "pretrain_teacher needs faces to learn from: pass afew_va=, stills= or "
            "both."
        )
    teacher = VisualCNNTCN(random_state=0) if teacher is None else clone(teacher)
    if stills is not None:
        images, labels = read_stills(stills, target=target, threshold=threshold)
        if cnn is None:
            cnn = VisualCNN(architecture="3facrnn", random_state=0)
        cnn = clone(cnn).fit(images, labels)
        teacher.set_params(cnn=FrozenEstimator(cnn))
    if afew_va is None:
        teacher.fit(images[:, None], labels)
    else:
        if not hasattr(afew_va, "ratings"):
            afew_va = load_afew_va(afew_va, face_size=SIZE, cache_dir=cache_dir)
        # Each frame has a rating of its own.
        ratings = np.asarray(afew_va.ratings[target])
        faces = afew_va.data["face"]
        if ratings.ndim == 1:
            faces, ratings = faces[:, None], ratings[:, None]
        y = (ratings > threshold).astype(int)
        y = y[:, 0] if y.shape[1] == 1 else y
        teacher.fit(faces, y, groups=afew_va.metadata["subject"])
    frozen = FrozenEstimator(teacher)
    if path is not None:
        save_model(frozen, path)
    return frozen


@fill_doc(_TEXTS)
def read_stills(source, *, target="valence", threshold=0.0):
    """Read images of faces and their labels.

    Parameters
    ----------
    source : path-like or DataFrame
        Folder, table or file of a table, as `pretrain_teacher` takes it.

    %(target)s

    %(threshold)s

    Returns
    -------
    images : ndarray of uint8 of shape (n_images, 3, 48, 48)
        RGB values.
    labels : ndarray of shape (n_images,)
        Names of folders, labels of the table, or 0 and 1 for ratings.
    """
    table, folder = source, Path()
    if not isinstance(source, pd.DataFrame):
        folder = Path(source)
        if not folder.exists():
            raise FileNotFoundError(f"There is no file or folder {folder}.")
        if folder.is_dir():
            table = _table_of_folders(folder)
        else:
            names = read_names(folder)
            kinds = {"path": None, "label": None, target: Column(is_optional=True)}
            kinds = {name: kind for name, kind in kinds.items() if name in names}
            table, folder = read_table(folder, kinds or {"path": None}), folder.parent
    column = next((name for name in ("label", target) if name in table), None)
    if column is None or "path" not in table:
        raise ValueError(
            "The table of images needs the column 'path' and the column 'label' or "
            f"{target!r}, got {list(table.columns)}."
        )
    table = table.dropna(subset=[column])
    images = np.empty((len(table), 3, SIZE, SIZE), np.uint8)
    for i, name in enumerate(table["path"]):
        images[i] = _read_image(folder / name)
    labels = table[column].to_numpy()
    return images, labels if column == "label" else (labels > threshold).astype(int)


def _table_of_folders(folder):
    files = sorted(
        file
        for file in folder.glob("*/*")
        if file.suffix.lower() in SUFFIXES and file.is_file()
    )
    if not files:
        raise ValueError(
            f"{folder} contains no images in folders of classes, such as "
            f"{folder / 'happy' / '1.png'}."
        )
    return pd.DataFrame(
        {
            "path": [file.relative_to(folder) for file in files],
            "label": [file.parent.name for file in files],
        }
    )


def _read_image(path):
    """Return an image as an array of uint8, of shape (3, 48, 48)."""
    try:
        from PIL import Image
    except ImportError as error:
        raise missing_extra("Reading images", "Pillow", "video") from error
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"{image.width} by {image.height} pixels")
            rgb = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    except FileNotFoundError:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}.") from error
    return np.moveaxis(np.asarray(rgb), -1, 0)
