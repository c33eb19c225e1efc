"""Face videos of DEAP, assigned to the trials with the table of ratings."""

from dataclasses import dataclass, field

import numpy as np

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._deap_ratings import N_TRIALS, TABLE, rows_of
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.preprocessing import read_face_windows

FOLDER = "face_video"
FILMED = range(1, 23)
POINTS = ("left eye", "right eye", "nose", "left mouth corner", "right mouth corner")
FACE_CH_NAMES = {"face": ("R", "G", "B"), "landmarks": POINTS}
FACE_UNITS = {"face": "1", "landmarks": "pixels"}


@dataclass
class FaceVideos:
    """Faces in the windows of each trial.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the data set.
    subjects : list of int
        Subjects to load.
    table : pandas.DataFrame or None
        Table of ratings, which states when each video was presented.
    names : list of str
        ``"face"``, ``"landmarks"`` or both.
    windows : Windows
        Windows of a trial, which begins at the start of the stimulus.
    rate : float
        Frames per second.
    size : int
        Height and width of the crops in pixels.

    Attributes
    ----------
    paths : dict of (int, int) to pathlib.Path
        Existing face videos by subject and video.
    """

    folder: object
    subjects: list
    table: object
    names: list
    windows: object
    rate: float
    size: int
    paths: dict = field(init=False)

    def __post_init__(self):
        if self.table is None:
            raise FileNotFoundError(
                f"{self.folder / TABLE} does not exist. The face videos are numbered "
                "in the order of presentation, and only this table says which trial "
                "each video belongs to."
            )
        places = {
            (subject, video): self._path(subject, video)
            for subject in self.subjects
            for video in range(1, N_TRIALS + 1)
        }
        self.paths = {key: path for key, path in places.items() if path.is_file()}
        if not self.paths:
            example = next(iter(places.values())).relative_to(self.folder)
            raise FileNotFoundError(
                f"There is no face video of subjects {self.subjects} in {self.folder} "
                f"(such as {example}). DEAP has face videos of subjects {FILMED[0]} "
                f"to {FILMED[-1]}."
            )

    def _path(self, subject, video):
        name = f"s{subject:02d}"
        folder = self.folder / FOLDER / name
        trial = rows_of(self.table, subject, folder).loc[video, "presentation"]
        return folder / f"{name}_trial{trial:02d}.avi"

    def join(self, subject, arrays, columns):
        """Add the faces of one subject, and leave out windows without a face.

        `arrays` and `columns` hold all windows of the subject, with the trials in the
        order of the videos. The returned arrays and columns hold only the windows with
        a face.
        """
        n_windows = len(self.windows)
        n_frames = self.windows.lengths[self.names[0]]
        kept = np.zeros((N_TRIALS, n_windows), dtype=bool)
        there = [v for v in range(1, N_TRIALS + 1) if (subject, v) in self.paths]
        shape = (len(there) * n_windows, n_frames)
        faces = np.empty((*shape, 3, self.size, self.size), dtype=np.float32)
        landmarks = np.empty((*shape, len(POINTS), 2), dtype=np.float32)
        end = 0
        for video in there:
            read, report = read_face_windows(
                self.paths[subject, video],
                self.windows.onsets,
                window=n_frames / self.rate,
                frame_rate=self.rate,
                size=self.size,
            )
            kept[video - 1] = report.valid
            span = slice(end, end + report.valid.sum())
            faces[span] = read[report.valid]
            landmarks[span] = report.landmarks[report.valid]
            end = span.stop
        mask = kept.ravel()
        arrays = {name: array[mask] for name, array in arrays.items()}
        seen = {"face": faces[:end], "landmarks": landmarks[:end]}
        arrays |= {name: seen[name] for name in self.names}
        return arrays, {name: column[mask] for name, column in columns.items()}

    def report_missing(self, columns):
        """Warn if trials or windows were left out.

        Parameters
        ----------
        columns : dict of str to ndarray
            Metadata of the samples that were loaded.

        Returns
        -------
        missing : list of str
            Trials without a sample, by the name of their face video.
        """
        loaded = list(zip(columns["subject"].tolist(), columns["stimulus"].tolist()))
        if not loaded:
            raise ValueError(
                f"DEAP: no face was found in any of the face videos in {self.folder}."
            )
        present = set(loaded)
        places = [(s, v) for s in self.subjects for v in range(1, N_TRIALS + 1)]
        paths = [self._path(*place) for place in places if place not in present]
        missing = sorted(path.stem for path in paths)
        n_dropped = len(present) * len(self.windows) - len(loaded)
        notes = []
        if missing:
            notes.append(
                f"{len(missing)} of {len(places)} trials are left out, because they "
                f"have no face video or it shows no face: {listing(missing)}"
            )
        if n_dropped:
            notes.append(
                f"{n_dropped} windows of other trials are left out, because no face "
                "was found for too long or they lie beyond the end of the video"
            )
        if notes:
            warn_user(f"DEAP: {'; '.join(notes)}.")
        return missing
