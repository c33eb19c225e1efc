"""DEAP's table of ratings, and the comparison of a file with it."""

import numpy as np

from sklearn_emotion._files import Column, read_table

PAGE = "https://www.eecs.qmul.ac.uk/mmv/datasets/deap/"
TABLE = "metadata_csv/participant_ratings.csv"
N_SUBJECTS, N_TRIALS = 32, 40
RATINGS = ("valence", "arousal", "dominance", "liking")


def read_ratings_table(path, n_trials=N_TRIALS):
    """Read ``participant_ratings.csv``, with `n_trials` rows for each subject.

    Returns
    -------
    table : pandas.DataFrame
        Columns ``presentation``, the four ratings and ``familiarity``, indexed by
        subject and video (Experiment_id).
    """
    columns = {"Participant_id": Column(1, N_SUBJECTS, is_whole=True)}
    numbers = ["Experiment_id", "Trial"]
    columns |= dict.fromkeys(numbers, Column(1, n_trials, is_whole=True))
    columns |= {name.capitalize(): Column(1, 9) for name in RATINGS}
    columns["Familiarity"] = Column(1, 5, is_optional=True)
    table = read_table(path, columns)
    for subject, rows in table.groupby("Participant_id"):
        for key in numbers:
            if sorted(rows[key]) != list(range(1, n_trials + 1)):
                raise ValueError(
                    f"{path}: {key} of participant {subject} is not each of 1 to "
                    f"{n_trials} once."
                )
    table = table.rename(columns=str.lower).rename(columns={"trial": "presentation"})
    return table.set_index(["participant_id", "experiment_id"]).sort_index()


def rows_of(table, subject, path):
    """Return the rows of one subject in the order of the videos.

    `path` is the subject's file, for the error message.
    """
    if subject not in table.index.get_level_values(0):
        raise ValueError(f"{TABLE} has no participant {subject}, whose file is {path}.")
    return table.loc[subject]


def check_ratings(path, subject, ratings, table):
    """Check that the ratings in a file, of shape (40, 4), agree with the table.

    The error message states how many ratings differ by more than 0.01 and in what way,
    and shows the first of them.
    """
    rows = rows_of(table, subject, path)
    expected = rows[list(RATINGS)].to_numpy(dtype=float)
    wrong = ~(np.abs(ratings - expected) <= 0.01)
    if not wrong.any():
        return
    raise ValueError(
        f"{path}: {wrong.sum()} of {wrong.size} ratings differ from {TABLE}"
        f"{_explain(ratings, rows, expected, wrong)} "
        f"{_first_cases(ratings, expected, wrong)} The file is not as its authors "
        f"published it. Get the original at {PAGE}"
    )


def _explain(ratings, rows, expected, wrong):
    order = rows["presentation"].to_numpy().argsort()
    if (np.abs(ratings - expected[order]) <= 0.01).all():
        return ": its trials are in the order of presentation, not of the videos."
    for total in (9, 10):
        flipped = wrong & (np.abs(ratings + expected - total) <= 0.01)
        if flipped.sum() > wrong.sum() / 2:
            return f": {flipped.sum()} of these are flipped to {total} - x."
    return "."


def _first_cases(ratings, expected, wrong):
    cases = [
        f"video {trial + 1} {RATINGS[scale]} {ratings[trial, scale]:g} in the file, "
        f"{expected[trial, scale]:g} in the table"
        for trial, scale in np.argwhere(wrong)[:3]
    ]
    return f"First: {'; '.join(cases)}."
