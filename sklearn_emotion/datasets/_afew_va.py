"""AFEW-VA: faces in film clips, with valence and arousal of every frame."""

import json
import re

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import naming
from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._generated import members_of
from sklearn_emotion.datasets._home import find_folder, listing
from sklearn_emotion.datasets._recordings import (
    check_faces,
    check_members,
    check_rate,
    make_dataset,
    require_files,
    to_float,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.features._image_patches import to_image
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.preprocessing._face_alignment import crop_face

PAGE = "https://ibug.doc.ic.ac.uk/resources/afew-va-database/"
CLIPS = tuple(range(1, 601))
SCALES = ("valence", "arousal")
LIMIT = 10
# Largest number of frames of a clip without an annotation. Clips have up to 145 frames.
MAX_GAPS = 1000
N_LANDMARKS = 68
# Landmarks around the eye on the left of the image, and around the other eye.
EYES = (slice(36, 42), slice(42, 48))
_MAX_PIXELS = 2**25
# The middle of a face may lie outside the image by this multiple of the distance
# between the eyes.
_BESIDE = 2.0


@fill_doc(LOADER)
def load_afew_va(
    data_home=None,
    *,
    clips=None,
    window=0.4,
    step=None,
    frame_rate=25.0,
    face_rate=None,
    face_size=64,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load AFEW-VA, faces in film clips with ratings of every frame.

    The data set consists of 600 film clips with 10 to 145 frames each. Every frame has
    valence, arousal and 68 facial landmarks [1]_. Each face is rotated with the help of
    the landmarks until its eyes are level, and is then cropped.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``afew-va``. It contains the folders ``001`` to
        ``600``, either directly or in the folders of the archives (``01/001``).

    clips : sequence of int or None, default=None
        Numbers of the clips to load, from 1 to 600, in the order wanted. If None, all
        clips are loaded.

    window : float or None, default=0.4
        Length of each sample in seconds. The default is 10 frames, the length of the
        shortest clip. If None, each frame is one sample.

    %(step)s

    frame_rate : float, default=25.0
        Rate of the stored frames in Hz. The data set does not state it.

    face_rate : float or None, default=None
        Number of frames per second to take. Frame k of a window is the one that is
        shown at ``(k + 0.5) / face_rate``. If None, all frames are taken.

    %(face_size)s

    %(cache_dir)s
        At 64 by 64 pixels, one frame takes 12 kB and the whole data set 0.4 GB.

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["face"]`` has shape (n_samples, n_frames, 3, face_size, face_size), or
        (n_samples, 3, face_size, face_size) if each frame is one sample. It holds RGB
        values from 0 to 255 as uint8. ``ratings["valence"]`` and ``ratings["arousal"]``
        have shape (n_samples, n_frames), or (n_samples,), and hold the rating of every
        frame, from -10 to 10. ``metadata`` has ``subject`` (the actor), ``trial`` (the
        clip), ``window``, ``onset``, and the mean ``valence`` and ``arousal`` of the
        sample, for ``target("valence", threshold=0.0)``. ``missing`` lists the clips
        without a sample.

    Raises
    ------
    FileNotFoundError
        If clips or frames are missing.
    ValueError
        If a parameter has an invalid value or a file is damaged.

    Warns
    -----
    UserWarning
        If clips are shorter than a window, or windows are left out because some of
        their frames have no annotation.

    See Also
    --------
    sklearn_emotion.align_face : The function that crops a face.

    Notes
    -----
    If the annotation of a clip names no actor, the clip counts as a subject of its own.
    One actor can appear in several clips, so a split by clip may have the same face on
    both sides.

    References
    ----------
    .. [1] J. Kossaifi, G. Tzimiropoulos, S. Todorovic and M. Pantic, "AFEW-VA database
       for valence and arousal estimation in-the-wild", Image and Vision Computing
       65:23-36, 2017.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_afew_va
    >>> dataset = load_afew_va("/path/to/afew-va", cache_dir="/tmp")  # doctest: +SKIP
    >>> y = dataset.ratings["valence"] > 0  # doctest: +SKIP
    """
    folder = find_folder(data_home, "afew-va", "*/001*")
    clips = check_members(clips, members_of(folder, CLIPS), "clips")
    check_rate(frame_rate, "frame_rate")
    window, step, frame_rate, face_rate = map(
        to_float, (window, step, frame_rate, face_rate)
    )
    face_rate = frame_rate if face_rate is None else face_rate
    check_faces(face_rate, face_size)
    is_single = window is None
    window = 1 / face_rate if is_single else window
    n_frames = to_samples(window, face_rate, "window of 'face'")
    side = int(face_size)
    files = {clip: find_annotations(folder, clip) for clip in clips}
    require_files(
        "AFEW-VA",
        folder,
        list(files.values()),
        PAGE,
        members=files,
        parameter="clips",
    )
    options = {
        "rates": {},
        "shapes": {},
        "window": window,
        "step": step,
        "columns": ["subject", "trial"],
        "window_shapes": {
            "face": ((n_frames, 3, side, side), "uint8"),
            **dict.fromkeys(SCALES, ((n_frames,), "float32")),
        },
    }

    def load(clip):
        subject, frames = read_annotations(files[clip])
        clip_frames = _Clip(files[clip].parent, frames, frame_rate, side)
        # Frame k of a window is the one shown in the middle of its time span.
        shares = (np.arange(n_frames) + 0.5) / face_rate
        trial = Trial(
            {},
            {"subject": subject or f"clip {clip:03d}", "trial": clip},
            duration=(max(frames) + 1) / frame_rate,
            readers={
                name: lambda onsets, name=name: clip_frames.read(
                    name, onsets[:, np.newaxis] + shares
                )
                for name in ("face", *SCALES)
            },
            path=files[clip],
            is_there=lambda onsets: clip_frames.has(onsets[:, np.newaxis] + shares),
        )
        arrays, columns = cut_trials([trial], **options)
        for name in SCALES:
            columns[name] = arrays[name].mean(axis=1, dtype=np.float64)
        return arrays, columns

    params = {"clips": clips, "frame_rate": frame_rate, "face_rate": face_rate}
    arrays, columns = load_parts(
        clips,
        load,
        source={
            "dataset": "afew-va",
            "params": params | options,
            "files": list(files.values()),
        },
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    missing = report_gaps("AFEW-VA", folder, columns, clips, "clip {:03d}".format)
    if is_single:
        arrays = {name: array[:, 0] for name, array in arrays.items()}
    return make_dataset(
        "afew_va",
        {"face": arrays["face"]},
        columns,
        sfreq={"face": float(face_rate)},
        ch_names={"face": ["R", "G", "B"]},
        units={"face": "1/255"},
        folder=folder,
        ratings=Modalities(**{name: arrays[name] for name in SCALES}),
        missing=missing,
    )


def find_annotations(folder, clip):
    """Return the path at which the annotations of a clip are expected."""
    name = f"{clip:03d}"
    path = folder / name / f"{name}.json"
    inside = [] if path.is_file() else sorted(folder.glob(f"*/{name}/{name}.json"))
    if len(inside) > 1:
        places = listing([path.relative_to(folder).as_posix() for path in inside])
        raise ValueError(
            f"{folder} has several copies of clip {name}: {places}. Keep one of them."
        )
    return inside[0] if inside else path


def read_annotations(path):
    """Read the annotations of a clip from its JSON file.

    Returns
    -------
    actor : str or None
        Name of the actor, if it is known.
    frames : dict of int to (ndarray of shape (2, 2), float, float)
        Position of both eyes, valence and arousal, by number of the frame.
    """
    with naming(path, "JSON"):
        content = json.loads(path.read_bytes())
    try:
        frames = {
            name: _frame(annotation) for name, annotation in content["frames"].items()
        }
        actor = content.get("actor")
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise ValueError(f"{path} is not as AFEW-VA's: {error!r}.") from error
    odd = [name for name in frames if not re.fullmatch(r"\d{5}", name, re.ASCII)]
    if odd or not frames or not isinstance(actor, str | None):
        raise ValueError(
            f"{path} is not as AFEW-VA's: its frames must be called 00000, 00001, ..., "
            f"got {odd[:3] or 'none'}; its actor {actor!r} must be a name or null."
        )
    last = int(max(frames))
    if last + 1 - len(frames) > MAX_GAPS:
        raise ValueError(
            f"{path} names frame {last:05d}, but it annotates only {len(frames)} "
            "frames."
        )
    return actor, {int(name): frame for name, frame in frames.items()}


def _frame(annotation):
    points = np.array(annotation["landmarks"], dtype=float)
    if points.shape != (N_LANDMARKS, 2) or not np.isfinite(points).all():
        raise ValueError(
            f"landmarks of shape {points.shape}, either not (68, 2) or not finite"
        )
    eyes = np.stack([points[eye].mean(axis=0) for eye in EYES])
    if (eyes[0] == eyes[1]).all():
        raise ValueError("landmarks with both eyes in one place")
    ratings = [float(annotation[name]) for name in SCALES]
    if not all(abs(rating) <= LIMIT for rating in ratings):
        raise ValueError(f"ratings {ratings} outside -{LIMIT} to {LIMIT}")
    return eyes, *ratings


class _Clip:
    """Frames of a clip, looked up by time. Each image is read only once."""

    def __init__(self, folder, frames, frame_rate, size):
        self.folder = folder
        self.frames = frames
        self.frame_rate = frame_rate
        self.size = size
        self.faces = {}

    def has(self, moments):
        """Return whether all frames of each window are annotated.

        The times have the shape (n_windows, n_frames).
        """
        return np.isin(self._numbers(moments), list(self.frames)).all(axis=1)

    def read(self, name, moments):
        """Return faces or ratings of windows, and that each of them has data."""
        numbers = self._numbers(moments)
        shape, dtype = (), np.float32
        if name == "face":
            shape, dtype = (3, self.size, self.size), np.uint8
        values = np.empty((*numbers.shape, *shape), dtype)
        for place in np.ndindex(numbers.shape):
            values[place] = self._value(name, int(numbers[place]))
        return values, np.ones(len(numbers), dtype=bool)

    def _numbers(self, moments):
        # A time on the edge between two frames belongs to the later frame.
        return np.floor(moments * self.frame_rate + 1e-6).astype(int)

    def _value(self, name, number):
        eyes, *ratings = self.frames[number]
        if name != "face":
            return ratings[SCALES.index(name)]
        if number not in self.faces:
            path = self.folder / f"{number:05d}.png"
            image = to_image(read_image(path, eyes))
            self.faces[number] = crop_face(image, eyes, self.size)
        return self.faces[number]


def _check_place(path, size, eyes):
    """Check that a face lies in its image, of a certain width and height."""
    middle, distance = eyes.mean(axis=0), np.linalg.norm(eyes[1] - eyes[0])
    beside = np.maximum(-middle, middle - size).max()
    if beside > _BESIDE * distance or distance > np.hypot(*size):
        raise ValueError(
            f"{path} has {size[0]} by {size[1]} pixels, but its landmarks show the "
            f"eyes at {eyes.round().tolist()}: they belong to another image."
        )


def read_image(path, eyes):
    """Return a PNG image as an array of uint8, of shape (height, width, 3).

    `eyes`, of shape (2, 2), are the places of the eyes, which must be in the image.
    """
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise ValueError(f"{image.width} by {image.height} pixels")
            pixels = _pixels(image)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"AFEW-VA is not complete: {path} is annotated and missing. Its owners "
            f"give access at {PAGE}"
        ) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise ValueError(f"{path} cannot be read as a PNG image: {error}.") from error
    _check_place(path, pixels.shape[1::-1], eyes)
    return pixels


def _pixels(image):
    """Return the RGB values of an image of Pillow."""
    if image.mode.startswith("I"):
        # Pillow would cut values of 16 bits off at 255.
        values = np.asarray(image).astype(np.int64) >> 8
        return np.repeat(values.astype(np.uint8)[..., np.newaxis], 3, axis=2)
    if "transparency" in image.info:
        # Pillow would warn of some of these images.
        image = image.convert("RGBA")
    return np.asarray(image.convert("RGB"))
