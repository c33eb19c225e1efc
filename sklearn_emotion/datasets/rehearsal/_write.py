"""Write generated recordings in the layout of a published data set."""

import shutil
from importlib import import_module
from numbers import Integral
from pathlib import Path

from joblib import Parallel, delayed
from tqdm.auto import tqdm

from sklearn_emotion import __version__
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.datasets._effects import SIZES
from sklearn_emotion.datasets._generated import MARKER, read_marker, write_marker
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.datasets._synthetic import to_seed

#: Module that writes the files of each data set.
WRITERS = {
    "deap": "_deap",
    "mahnob-hci": "_mahnob_hci",
    "amigos": "_amigos",
    "afew-va": "_afew_va",
}
# Data sets with videos, and with tables of OpenFace.
FILMED = "deap", "mahnob-hci"
UNFINISHED = ".unfinished"


@fill_doc()
def write_rehearsal(
    name,
    folder,
    *,
    n_subjects=3,
    n_trials=6,
    effect="medium",
    faces=False,
    openface=False,
    n_jobs=None,
    verbose=0,
    random_state=0,
):
    """Write generated recordings in the layout of a published data set.

    The files have the names, formats, units and sampling rates of the published files,
    so that loaders, studies and programs of your own can be run, timed and tested
    before the license for the data set arrives. The signals are those of
    :func:`make_emotion`: subjects differ, each trial has a spectrum of its own that all
    its windows share, and effects of a known size are planted. The folder states in a
    file ``GENERATED.txt`` that its recordings are generated, and the loaders repeat it
    in ``DESCR``.

    Read more in the :ref:`User Guide <rehearsal>`.

    Parameters
    ----------
    name : {"deap", "mahnob-hci", "amigos", "afew-va"}
        Data set whose layout to write.

    folder : path-like
        Folder to write. It must be new, empty, or contain recordings that this function
        has written, which are then replaced.

    n_subjects : int, default=3
        Number of subjects: up to 32 in DEAP, 27 in MAHNOB-HCI and 40 in AMIGOS. In
        AFEW-VA it is the number of actors.

    n_trials : int, default=6
        Number of trials of each subject, at least 2: up to 40 in DEAP, 20 in MAHNOB-HCI
        and 16 (the short films) in AMIGOS. In AFEW-VA it is the number of clips of each
        actor, and there are at most 600 clips.

    effect : {"none", "small", "medium", "large"}, default="medium"
        Size of the effects. See Notes.

    faces : bool, default=False
        Whether to write face videos for DEAP and MAHNOB-HCI, which needs the extra
        ``video``. The images of AFEW-VA are always written.

    openface : bool, default=False
        Whether to write a table of OpenFace 2.2 for each face video of DEAP and
        MAHNOB-HCI, also if the videos themselves are not written.

    %(n_jobs)s
        The files do not depend on it.

    %(verbose)s

    random_state : int, RandomState instance or None, default=0
        Seed. The files depend only on it and on the other parameters, and not on the
        machine's clock. NumPy's global generator is never used.

    Returns
    -------
    folder : pathlib.Path
        The folder.

    Raises
    ------
    ValueError
        If a parameter has an invalid value.
    FileExistsError
        If the folder contains other files.

    See Also
    --------
    make_emotion : Generate the arrays without any files.
    load_deap : Load DEAP, or recordings in its layout.

    Notes
    -----
    The sizes are those of :func:`make_emotion` for samples of 10 s. High valence shows
    as alpha asymmetry and gamma power in the EEG, and as a smile in faces, in action
    units 6 and 12 and in the EMG of the zygomaticus. High arousal shows as occipital
    beta power in the EEG, and in heart rate, skin conductance and respiration. The
    effects begin with the film, and are absent in the rest before it.

    Dominance, liking, familiarity and the further scales are random. In DEAP, subjects
    1 to 22 are filmed, and the videos that the published data set lacks are left out.
    The EEG is not referenced to the average. Faces are drawings of 96 by 96 pixels that
    change ten times per second. About one frame in a hundred has no face in the tables
    of OpenFace.

    A loader that finds ``GENERATED.txt`` takes the subjects and trials that are there
    for the complete data set.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn_emotion.datasets import load_deap, write_rehearsal
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_rehearsal("deap", folder, n_subjects=2, n_trials=2)
    ...     dataset = load_deap(folder, window=10.0)
    >>> dataset
    EmotionDataset(24 samples, 2 subjects, 4 trials; eeg: (24, 32, 1280) at 128 Hz)
    """
    if name not in WRITERS:
        raise ValueError(f"name must be one of {tuple(WRITERS)}, got {name!r}.")
    if not (isinstance(effect, str) and effect in SIZES):
        raise ValueError(f"effect must be one of {list(SIZES)}, got {effect!r}.")
    if (faces or openface) and name not in FILMED:
        raise ValueError(
            f"faces and openface need name to be one of {FILMED}, got {name!r}."
        )
    writer = import_module(f"sklearn_emotion.datasets.rehearsal.{WRITERS[name]}")
    shape = _check_shape(name, writer, n_subjects, n_trials)
    if faces:
        import av  # noqa: F401
    seed = to_seed(random_state)
    folder = Path(folder).expanduser().absolute()
    _prepare(folder, name)
    facts = {"dataset": name, "subjects": shape[0], "trials": shape[1]}
    facts |= {"effect": effect, "faces": bool(faces), "openface": bool(openface)}
    # The marker comes first, so that no generated file is ever without it.
    write_marker(folder, facts | {"seed": seed, "sklearn_emotion": __version__})
    unfinished = folder / UNFINISHED
    unfinished.mkdir()
    options = {"faces": faces, "openface": openface}
    writer.write_common(unfinished, shape, effect, seed)
    parts = writer.plan_parts(shape)
    tasks = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(
        delayed(writer.write_part)(unfinished, shape, effect, seed, part, **options)
        for part in parts
    )
    for _ in tqdm(tasks, total=len(parts), desc=name, disable=not verbose):
        pass
    for path in unfinished.iterdir():
        path.rename(folder / path.name)
    unfinished.rmdir()
    return folder


def _check_shape(name, writer, n_subjects, n_trials):
    limits = {
        "n_subjects": (n_subjects, 1, len(writer.SUBJECTS)),
        "n_trials": (n_trials, 2, writer.TRIALS),
    }
    for what, (value, low, high) in limits.items():
        if not isinstance(value, Integral) or not low <= value <= high:
            raise ValueError(
                f"{what} must be a whole number from {low} to {high} for {name!r}, "
                f"got {value!r}."
            )
    shape = int(n_subjects), int(n_trials)
    n_parts, most = len(writer.plan_parts(shape)), len(writer.SUBJECTS)
    if n_parts > most:
        raise ValueError(
            f"{name!r} has at most {most} clips, got n_subjects={shape[0]} times "
            f"n_trials={shape[1]}."
        )
    return shape


def _prepare(folder, name):
    """Create the folder, or remove the recordings that were written into it before."""
    folder.mkdir(parents=True, exist_ok=True)
    there = sorted(path.name for path in folder.iterdir())
    if not there:
        return
    if MARKER not in there:
        raise FileExistsError(
            f"{folder} contains other files ({listing(there)}), among which generated "
            "recordings must not lie. Name a new or an empty folder."
        )
    before = read_marker(folder).dataset
    writer = import_module(
        f"sklearn_emotion.datasets.rehearsal.{WRITERS.get(before, WRITERS[name])}"
    )
    own = {MARKER, UNFINISHED, *filter(writer.is_own, there)}
    if others := [entry for entry in there if entry not in own]:
        raise FileExistsError(
            f"{folder} contains generated recordings and other files "
            f"({listing(others)}). Move these files away, or name a new folder."
        )
    for entry in set(there) - {MARKER}:
        path = folder / entry
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
