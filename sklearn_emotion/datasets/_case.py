"""CASE: peripheral signals during films, with ratings by a joystick at any time."""

from numbers import Real

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import find_columns, naming
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_members,
    make_dataset,
    one_file_each,
    require_files,
    to_float,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, find_runs, report_gaps

PAGE = "https://doi.org/10.1038/s41597-019-0209-0"
SUBJECTS = tuple(range(1, 31))
SFREQ, RATING_SFREQ = 1000.0, 20.0
KINDS = {"physiological": SFREQ, "annotations": RATING_SFREQ}
# Columns of the files, and unit.
SIGNALS = {
    "ecg": (("ecg",), "mV"),
    "bvp": (("bvp",), "%"),
    "gsr": (("gsr",), "µS"),
    "respiration": (("rsp",), "%"),
    "temperature": (("skt",), "°C"),
    "emg": (("emg_zygo", "emg_coru", "emg_trap"), "µV"),
}
RATINGS = ("valence", "arousal")
LIMITS = (0.5, 9.5)
EMOTIONS = {
    **dict.fromkeys((1, 2), "amusing"),
    **dict.fromkeys((3, 4), "boring"),
    **dict.fromkeys((5, 6), "relaxed"),
    **dict.fromkeys((7, 8), "scary"),
}
# Start, blue screen and end. A recording may also have no film (0).
OTHER_VIDEOS = (0, 10, 11, 12)
# Both files of a subject end at most this many ms apart.
_MOST_APART = 1000
# A film is shown once, but is numbered within the recording to be safe.
_MAX_RUNS = 100
# Steps of time must be exact in interpolated files, up to rounding of decimals.
_TIME_ERROR = 0.01
_LARGEST = 1e30


@fill_doc(LOADER)
def load_case(
    data_home=None,
    *,
    subjects=None,
    modalities=("ecg", "gsr"),
    window=10.0,
    step=None,
    lag=0.0,
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load CASE, peripheral signals during films with continuous ratings.

    30 people watched eight films and rated valence and arousal at every moment with a
    joystick [1]_. The signals were recorded at 1000 Hz and the ratings at 20 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``CASE`` and contains
        ``data/interpolated/physiological`` and ``data/interpolated/annotations``.

    %(subjects)s
        The numbers are 1 to 30.

    %(modalities)s
        Available are ``"ecg"``, ``"bvp"``, ``"gsr"`` (skin conductance),
        ``"respiration"``, ``"temperature"`` and ``"emg"`` (three muscles).

    %(window)s

    %(step)s

    lag : float, default=0.0
        Time in seconds by which ratings follow what is rated. The ratings of a window
        are averaged over the same length of time, `lag` seconds later.

    %(preprocess)s
        A recording is the whole session of a person.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        Each modality is a float32 array of shape (n_samples, n_channels, n_times).
        ``data["ratings"]`` has shape (n_samples, 2, n_times) and contains valence and
        arousal at 20 Hz. ``metadata`` has ``subject``, ``trial``, ``stimulus`` (the
        film, 1 to 8), ``emotion`` ("amusing", "boring", "relaxed" or "scary"),
        ``window``, ``onset`` and, as means over the window, ``valence`` and ``arousal``
        from 0.5 to 9.5. The middle of the scale is 5.

    Raises
    ------
    FileNotFoundError
        If files are missing.
    ValueError
        If a parameter has an invalid value or a file is damaged.

    Notes
    -----
    The loader reads the interpolated files, whose times are exact. A blue screen is
    shown between two films and has the same code each time, so trials are runs of equal
    codes. The EMG comes from sensors that return its root mean square. With
    ``task="regression"``, the target is the mean rating of a window.

    References
    ----------
    .. [1] K. Sharma, C. Castellini, E. L. van den Broek, A. Albu-Schaeffer and F.
       Schwenker, "A dataset of continuous affect annotations and physiological signals
       for emotion analysis", Scientific Data 6:196, 2019.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_case
    >>> dataset = load_case("/path/to/CASE", window=10.0, lag=2.0)  # doctest: +SKIP
    >>> y = dataset.target("valence", threshold=None)  # doctest: +SKIP
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    modalities = check_members(modalities, SIGNALS, "modalities")
    window, step, lag = map(to_float, (window, step, lag))
    if not isinstance(lag, Real) or not 0 <= lag < np.inf:
        raise ValueError(f"lag must be a number of seconds of at least 0, got {lag!r}.")
    pattern = "data/interpolated/physiological/sub_*.csv"
    folder = find_folder(data_home, "CASE", pattern)
    files = {
        (kind, subject): path
        for kind in KINDS
        for subject, path in find_files(folder, kind, subjects).items()
    }
    members = one_file_each(files)
    require_files("CASE", folder, [*files.values()], PAGE, members=members)
    rates = dict.fromkeys(modalities, SFREQ)
    ch_names = {name: columns for name, (columns, _) in SIGNALS.items()}
    options = {
        "rates": {**rates, "ratings": RATING_SFREQ},
        "shapes": {
            **{name: (len(ch_names[name]),) for name in modalities},
            "ratings": (len(RATINGS),),
        },
        "window": window,
        "step": step,
        "columns": ["subject", "trial", "stimulus", "emotion"],
    }

    prepare = Preprocess(preprocess, rates, ch_names, cache_dir)

    def load(subject):
        paths = [files[kind, subject] for kind in KINDS]
        trials = read_trials(*paths, subject, modalities, lag, prepare)
        return cut_trials(trials, **options)

    params = {"subjects": subjects, "lag": lag, **options, **prepare.params}
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "case", "params": params, "files": [*files.values()]},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    report_gaps("CASE", folder, columns, [], str)
    means = arrays["ratings"].mean(axis=2, dtype=np.float64)
    columns |= {name: means[:, i] for i, name in enumerate(RATINGS)}
    units = {name: unit for name, (_, unit) in SIGNALS.items()}
    return make_dataset(
        "case",
        arrays,
        columns,
        sfreq=options["rates"],
        ch_names={**ch_names, "ratings": RATINGS},
        units={**units, "ratings": "0.5 to 9.5"},
    )


def find_files(folder, kind, subjects=SUBJECTS):
    """Return the path at which the file of each subject is expected."""
    inner = folder / "data" / "interpolated" / kind
    return {s: inner / f"sub_{s}.csv" for s in subjects}


def read_columns(path, kind, names):
    """Return columns of a file, as an array of shape (n_columns, n_times)."""
    time = "daqtime" if kind == "physiological" else "jstime"
    wanted = [time, *names]
    with naming(path, "a table of CASE"), path.open(encoding="utf-8-sig") as file:
        header = [name.strip() for name in file.readline().split(",")]
        places = find_columns(path, header, wanted)
        start, n_commas = file.tell(), len(header) - 1
        if any(line.count(",") != n_commas for line in file if not line.isspace()):
            raise ValueError(f"not all of its rows have {len(header)} cells")
        file.seek(start)
        # The file has millions of rows, which Python would convert too slowly.
        table = np.loadtxt(
            file, delimiter=",", usecols=places, ndmin=2, comments=None
        ).T
        if not table.size:
            raise ValueError("it has no row below the names of its columns")
        if not (np.abs(table) < _LARGEST).all():
            raise ValueError("its cells must be finite numbers")
        expected = np.arange(table.shape[1]) * 1000 / KINDS[kind]
        if not (np.abs(table[0] - table[0, 0] - expected) < _TIME_ERROR).all():
            raise ValueError(
                f"{time} must increase by {1000 / KINDS[kind]:g} ms in each row, as in "
                "data/interpolated"
            )
    return table


def read_ratings(path):
    """Return the times of the ratings in ms, and ratings of shape (2, n_times)."""
    times, *ratings = read_columns(path, "annotations", RATINGS)
    low, high = LIMITS
    ratings = np.array(ratings)
    if not ((ratings >= low) & (ratings <= high)).all():
        raise ValueError(f"{path}: ratings must be from {low} to {high}.")
    return times, ratings


def read_trials(signal_path, rating_path, subject, modalities, lag=0.0, prepare=None):
    """Yield the films of a subject. `prepare` is a `Preprocess` or None."""
    names = [column for name in modalities for column in SIGNALS[name][0]]
    times, *rows, videos = read_columns(signal_path, "physiological", [*names, "video"])
    rating_times, ratings = read_ratings(rating_path)
    ends = [times[-1] - times[0], rating_times[-1] - rating_times[0]]
    if abs(ends[0] - ends[1]) > _MOST_APART:
        path = (signal_path, rating_path)[int(np.argmin(ends))]
        raise ValueError(
            f"{path} lasts {min(ends) / 1000:.1f} s, but the other file of subject "
            f"{subject} lasts {max(ends) / 1000:.1f} s: it is cut off."
        )
    unknown = sorted(set(videos.tolist()) - {*EMOTIONS, *OTHER_VIDEOS})
    if unknown:
        raise ValueError(f"{signal_path}: video has the codes {unknown[:5]}.")
    columns = dict(zip(names, rows))
    signals = {
        name: np.array([columns[column] for column in SIGNALS[name][0]])
        for name in modalities
    }
    for name in prepare.steps if prepare else ():
        signals[name] = prepare(name, signals[name], f"{signal_path}: {name}")
    per_rating = round(SFREQ / RATING_SFREQ)
    for run, (first, last) in enumerate(find_runs(videos)):
        if videos[first] not in EMOTIONS:
            continue
        # Films start at a rating, so that both show the same time.
        delay = (times[first] + 1000 * lag - rating_times[0]) / 1000 * RATING_SFREQ
        late = int(np.ceil(delay - 1e-6))
        first += round((late - delay) * per_rating)
        n_ratings = min((last - first) // per_rating, ratings.shape[1] - late)
        if late < 0 or n_ratings < 1:
            continue
        stop = first + n_ratings * per_rating
        cut = {name: signal[:, first:stop] for name, signal in signals.items()}
        cut["ratings"] = ratings[:, late : late + n_ratings]
        info = {
            "subject": subject,
            "trial": subject * _MAX_RUNS + run,
            "stimulus": int(videos[first]),
            "emotion": EMOTIONS[int(videos[first])],
        }
        yield Trial(cut, info, path=signal_path)
