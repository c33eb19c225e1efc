"""DEAP: pickles of the preprocessed recordings, ratings, face videos and tables."""

import numpy as np

from sklearn_emotion.datasets._deap import BASELINE, CHANNELS, DURATION, SFREQ
from sklearn_emotion.datasets._deap_faces import FILMED
from sklearn_emotion.datasets._deap_ratings import N_SUBJECTS, N_TRIALS, TABLE
from sklearn_emotion.datasets.rehearsal._files import (
    write_openface,
    write_python2_pickle,
    write_video,
)
from sklearn_emotion.datasets.rehearsal._simulation import (
    DRAWN_RATE,
    FilmedFace,
    Recorder,
    describe_faces,
    make_design,
    resistance,
)

SUBJECTS = tuple(range(1, N_SUBJECTS + 1))
TRIALS = N_TRIALS
FOLDERS = "data_preprocessed_python", "metadata_csv", "face_video"
SCALES = "Valence", "Arousal", "Dominance", "Liking", "Familiarity"
VIDEO_RATE = 50
#: Number of filmed trials of the subjects who were not filmed in all trials.
N_FILMED = {3: 39, 5: 39, 11: 37, 14: 39}


def is_own(name):
    """Return whether the writer writes a file or folder of this name."""
    return name in FOLDERS


def plan_parts(shape):
    """Return the parts that are written independently: one for each subject."""
    return range(shape[0])


def write_common(folder, shape, effect, seed):
    """Write the folders and the table of ratings."""
    for name in FOLDERS[:2]:
        (folder / name).mkdir()
    design = make_design(shape, effect, seed)
    ratings, presentation, familiarity = {}, {}, {}
    for index in range(shape[0]):
        subject = SUBJECTS[index]
        ratings[subject] = _ratings(design, index)
        presentation[subject] = np.argsort(design.stimulus[index]) + 1
        rng = design.rng("deap-familiarity", index)
        familiarity[subject] = rng.integers(1, 6, shape[1])
    text = ratings_table(ratings, presentation, familiarity)
    (folder / TABLE).write_text(text, encoding="ascii")


def _ratings(design, index):
    """Return the four ratings of each trial, in the order of the videos."""
    order = np.argsort(design.stimulus[index])
    rng = design.rng("deap-ratings", index)
    others = np.round(rng.uniform(1, 9, (len(order), 2)), 2)
    known = [design.ratings[name][index, order] for name in ("valence", "arousal")]
    return np.column_stack([*known, others])


def ratings_table(ratings, presentation, familiarity):
    """Return the text of ``participant_ratings.csv``, in the order of presentation.

    Parameters
    ----------
    ratings : dict of int to ndarray of shape (n_trials, 4)
        Ratings of each subject, in the order of the videos.
    presentation : dict of int to ndarray of int of shape (n_trials,)
        Position of each video in the session, from 1.
    familiarity : dict of int to int or ndarray of int of shape (n_trials,)
        Familiarity with the videos. It may be missing for some subjects.
    """
    rows = ["Participant_id,Trial,Experiment_id,Start_time," + ",".join(SCALES)]
    for subject, values in ratings.items():
        known = familiarity.get(subject)
        for video in np.argsort(presentation[subject]):
            scales = [f"{value:g}" for value in values[video]]
            if known is None:
                scales.append("")
            else:
                scales.append(str(np.broadcast_to(known, len(values))[video]))
            trial = presentation[subject][video]
            start = 1_000_000 * (trial * 70)
            head = [subject, trial, video + 1, start]
            rows.append(",".join([*map(str, head), *scales]))
    return "\n".join(rows) + "\n"


def write_part(folder, shape, effect, seed, index, *, faces, openface):
    """Write the files of one subject."""
    name = f"s{SUBJECTS[index]:02d}"
    span = BASELINE, BASELINE + DURATION
    design = make_design(shape, effect, seed, span)
    signals = "eeg", "eog", "emg", "gsr", "resp", "pulse", "temperature"
    recorder = Recorder(design, signals, CHANNELS[:32], SFREQ, span[1])
    data = np.empty((shape[1], len(CHANNELS), int(span[1] * SFREQ)))
    order = np.argsort(design.stimulus[index])
    for video, trial in enumerate(order.tolist()):
        recorded = recorder.trial(index, trial)
        recorded["gsr"] = resistance(recorded["gsr"])
        data[video] = np.concatenate(list(recorded.values()))
    with (folder / FOLDERS[0] / f"{name}.dat").open("wb") as file:
        write_python2_pickle(file, {"labels": _ratings(design, index), "data": data})
    del data
    if SUBJECTS[index] not in FILMED or not (faces or openface):
        return
    inner = folder / FOLDERS[2] / name
    inner.mkdir(parents=True)
    if openface:
        (inner / "processed").mkdir()
    design = make_design(shape, effect, seed)
    camera = FilmedFace(design, DRAWN_RATE, DURATION)
    described = describe_faces(design, DURATION)
    n_frames = round(DURATION * VIDEO_RATE)
    shown = np.floor((np.arange(n_frames) + 0.5) / VIDEO_RATE * DRAWN_RATE).astype(int)
    for trial in range(min(shape[1], N_FILMED.get(SUBJECTS[index], TRIALS))):
        title = f"{name}_trial{trial + 1:02d}"
        if faces:
            pixels = camera.pixels(index, trial)
            path = inner / f"{title}.avi"
            write_video(path, pixels, n_frames, rate=VIDEO_RATE, shown=shown)
        if openface:
            rng = design.rng("openface-failures", index, trial)
            values = described.trial(index, trial)
            path = inner / "processed" / f"{title}.csv"
            write_openface(path, values, shown, rate=VIDEO_RATE, rng=rng)
