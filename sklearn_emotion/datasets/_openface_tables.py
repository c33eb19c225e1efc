"""Names and units of faces, and tables that OpenFace wrote for their videos."""

from pathlib import Path

from sklearn_emotion.preprocessing._openface import OPENFACE_FEATURES

POINTS = ("left eye", "right eye", "nose", "left mouth corner", "right mouth corner")
FACE_CH_NAMES = {
    "face": ("R", "G", "B"),
    "landmarks": POINTS,
    "openface": OPENFACE_FEATURES,
}
FACE_UNITS = {
    "face": "1/255",
    "landmarks": "pixels",
    "openface": "position mm, rotation rad, gaze 1, intensity 0 to 5",
}
N_FEATURES = len(OPENFACE_FEATURES)
# Default folder of OpenFace's output, in the folder in which it runs.
_OUTPUT = "processed"


def check_openface_dir(openface_dir, modalities):
    """Return the folder of OpenFace's tables, or None if the user names none."""
    if openface_dir is None:
        return None
    folder = Path(openface_dir).expanduser().absolute()
    if "openface" not in modalities:
        raise ValueError(
            "openface_dir is only used with the modality 'openface', as in "
            "modalities=('eeg', 'openface')."
        )
    if not folder.is_dir():
        raise FileNotFoundError(f"openface_dir={folder} is not a folder.")
    return folder


def find_table(video, folders):
    """Return the path of a video's table in OpenFace's naming, or None.

    Parameters
    ----------
    video : str
        File name of the video, with any suffix.
    folders : sequence of pathlib.Path
        Folders in which the table, or a folder ``processed`` that contains it, may be.
        The first table counts.
    """
    name = f"{Path(video).stem}.csv"
    places = [folder / inner / name for folder in folders for inner in ("", _OUTPUT)]
    return next((path for path in places if path.is_file()), None)
