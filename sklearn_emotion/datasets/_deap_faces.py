"""Face videos of DEAP and OpenFace's tables of them, assigned to the trials.

The table of ratings states in which order the videos were presented, which their names
contain.
"""

from dataclasses import dataclass, field

import numpy as np

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._deap_ratings import TABLE, rows_of
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.datasets._openface_tables import (
    N_FEATURES,
    POINTS,
    find_table,
)
from sklearn_emotion.preprocessing import read_face_windows
from sklearn_emotion.preprocessing._openface import read_openface_windows

FOLDER = "face_video"
FILMED = range(1, 23)
# Subjects without a video of all 40 trials.
INCOMPLETE = (3, 5, 11, 14)
COMPLETE = [subject for subject in FILMED if subject not in INCOMPLETE]


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
        Any of ``"face"``, ``"landmarks"`` and ``"openface"``.
    windows : Windows
        Windows of a trial, which begins at the start of the stimulus.
    rate : float
        Frames per second.
    size : int
        Height and width of the crops in pixels.
    openface_dir : pathlib.Path or None
        Folder of OpenFace's tables. If None, they are in the folder of the data set.

    Attributes
    ----------
    videos, tables : dict of (int, int) to pathlib.Path
        Existing videos, or tables of OpenFace, by subject and video. Empty if no
        modality needs them.
    """

    folder: object
    subjects: list
    table: object
    names: list
    windows: object
    rate: float
    size: int
    openface_dir: object = None
    videos: dict = field(init=False)
    tables: dict = field(init=False)

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
            for video in range(1, self.n_trials + 1)
        }
        self.videos, self.tables = {}, {}
        example = next(iter(places.values())).relative_to(self.folder)
        if self._needs_videos:
            self.videos = {key: path for key, path in places.items() if path.is_file()}
            self._require(self.videos, "face video", self.folder, example)
        if "openface" in self.names:
            found = {key: self._find_table(path) for key, path in places.items()}
            self.tables = {key: path for key, path in found.items() if path}
            folder, example = self.folder, example.with_suffix(".csv")
            if self.openface_dir is not None:
                folder, example = self.openface_dir, example.name
            kind = "table of OpenFace for the face videos"
            self._require(self.tables, kind, folder, example)

    @property
    def n_trials(self):
        """Number of trials of each subject, according to the table."""
        return len(rows_of(self.table, self.subjects[0], self.folder))

    @property
    def paths(self):
        """Paths of all videos and tables that are read."""
        return [*self.videos.values(), *self.tables.values()]

    @property
    def _needs_videos(self):
        return any(name != "openface" for name in self.names)

    def _require(self, paths, kind, folder, example):
        if not paths:
            raise FileNotFoundError(
                f"There is no {kind} of subjects {self.subjects} in {folder} (such as "
                f"{example}). DEAP has face videos of subjects {FILMED[0]} to "
                f"{FILMED[-1]}."
            )

    @property
    def _sources(self):
        kinds = ["face video"] * self._needs_videos
        kinds += ["table of OpenFace"] * ("openface" in self.names)
        return " and ".join(kinds)

    def _path(self, subject, video):
        name = f"s{subject:02d}"
        folder = self.folder / FOLDER / name
        trial = rows_of(self.table, subject, folder).loc[video, "presentation"]
        return folder / f"{name}_trial{trial:02d}.avi"

    def _find_table(self, video):
        if self.openface_dir is None:
            folders = [video.parent, video.parents[1], self.folder]
        else:
            folders = [self.openface_dir, self.openface_dir / video.parent.name]
        return find_table(video.name, folders)

    def join(self, subject, arrays, columns):
        """Add the faces of one subject, and leave out windows without a face.

        `arrays` and `columns` hold all windows of the subject, with the trials in the
        order of the videos. The returned arrays and columns hold only the windows with
        a face.
        """
        n_windows = len(self.windows)
        n_frames = self.windows.lengths[self.names[0]]
        kinds = [self.videos] * self._needs_videos
        kinds += [self.tables] * ("openface" in self.names)
        there = [
            video
            for video in range(1, self.n_trials + 1)
            if all((subject, video) in paths for paths in kinds)
        ]
        shape = (len(there) * n_windows, n_frames)
        crop = (3, self.size, self.size)
        outputs = {
            "face": (crop, np.uint8),
            "landmarks": ((len(POINTS), 2), np.float32),
            "openface": ((N_FEATURES,), np.float32),
        }
        seen = {}
        for name in self.names:
            inner, dtype = outputs[name]
            seen[name] = np.empty((*shape, *inner), dtype)
        kept = np.zeros((self.n_trials, n_windows), dtype=bool)
        end = 0
        for video in there:
            read, valid = self._read((subject, video), n_frames / self.rate)
            kept[video - 1] = valid
            span = slice(end, end + valid.sum())
            for name, array in seen.items():
                array[span] = read[name][valid]
            end = span.stop
        mask = kept.ravel()
        arrays = {name: array[mask] for name, array in arrays.items()}
        arrays |= {name: array[:end] for name, array in seen.items()}
        return arrays, {name: column[mask] for name, column in columns.items()}

    def _read(self, place, window):
        """Return the arrays of a trial by modality, and which windows are valid."""
        onsets = self.windows.onsets
        valid = np.ones(len(onsets), dtype=bool)
        options = {"window": window, "frame_rate": self.rate}
        read = {}
        if place in self.videos:
            path = self.videos[place]
            faces, report = read_face_windows(path, onsets, size=self.size, **options)
            read |= {"face": faces, "landmarks": report.landmarks}
            valid &= report.valid
        if place in self.tables:
            table = self.tables[place]
            read["openface"], usable = read_openface_windows(table, onsets, **options)
            valid &= usable
        return read, valid

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
                f"DEAP: no face was found in any {self._sources} in "
                f"{self.openface_dir or self.folder}."
            )
        present = set(loaded)
        videos = range(1, self.n_trials + 1)
        places = [(s, v) for s in self.subjects for v in videos]
        paths = [self._path(*place) for place in places if place not in present]
        missing = sorted(path.stem for path in paths)
        n_dropped = len(present) * len(self.windows) - len(loaded)
        notes = []
        if missing:
            notes.append(
                f"{len(missing)} of {len(places)} trials are left out, because they "
                f"have no {self._sources} or no face was found: {listing(missing)}"
            )
        if n_dropped:
            notes.append(
                f"{n_dropped} windows of other trials are left out, because no face "
                "was found for too long or they lie beyond the end of the video"
            )
        if notes:
            warn_user(f"DEAP: {'; '.join(notes)}.")
        return missing
