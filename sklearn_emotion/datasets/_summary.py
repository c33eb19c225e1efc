"""Numbers of samples, trials, seconds and classes of each subject of a data set."""

import pandas as pd

from sklearn_emotion._frames import stored


def summarize(dataset, y):
    """Return the table of :meth:`EmotionDataset.summary`.

    Parameters
    ----------
    dataset : EmotionDataset
        The data set.
    y : ndarray of shape (n_samples,) or None
        Classes that are counted.
    """
    metadata = dataset.metadata
    groups = metadata.groupby("subject", sort=False)
    table = pd.DataFrame({"n_samples": groups.size()})
    for level, name in (("trial", "n_trials"), ("stimulus", "n_stimuli")):
        if level in metadata:
            table[name] = groups[level].nunique()
    seconds = [
        array.shape[-1] / dataset.sfreq[name]
        for name, array in stored(dataset.data).items()
        if array.ndim == 3 and name in dataset.sfreq
    ]
    if seconds:
        table["minutes"] = table["n_samples"] * seconds[0] / 60
    if "good" in metadata and not metadata["good"].all():
        table["n_not_good"] = table["n_samples"] - groups["good"].sum().astype(int)
    if dataset.get("left_out"):
        numbers = pd.Series(dataset["left_out"])
        # Subjects without a sample left are counted too.
        table = table.reindex(table.index.union(numbers.index, sort=False))
        table["n_left_out"] = numbers
        table = table.fillna(0).astype(
            {name: int for name in table if name != "minutes"}
        )
        table.index.name = "subject"
    if y is not None:
        table = table.join(pd.crosstab(metadata["subject"], y, normalize="index"))
    table.attrs["missing"] = list(dataset.get("missing", []))
    return table
