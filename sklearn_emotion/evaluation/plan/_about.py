"""Facts about the data of a comparison, which its page shows."""

from numbers import Real

from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sklearn_emotion._frames import stored


def describe_data(dataset, target, *, task, threshold, side):
    """Return facts about the data and the target of a comparison by name.

    The parameters have the meaning that they have in :func:`compare`. Facts that are
    not known are left out.
    """
    facts = {"data set": _title(dataset.DESCR), "signals": _signals(dataset)}
    facts["window"] = _durations(dataset)
    facts["windows left out"] = _left_out(dataset)
    if task == "classification" and _is_rating(dataset.metadata, target):
        facts["threshold"] = _cuts(threshold, side)
    return {name: fact for name, fact in facts.items() if fact}


def describe_labels(dataset, target, *, task, threshold):
    """Return how the targets of a comparison are made.

    Returns
    -------
    labels : {"given", "ratings", "threshold", "median", "subject-median"}
        "given" for classes, "ratings" for a regression, and "threshold" for ratings
        that are cut at fixed numbers. "median" uses the ratings of all samples, and
        "subject-median" the ratings of each subject, test subjects among them.
    """
    if task == "regression":
        return "ratings"
    if not _is_rating(dataset.metadata, target):
        return "given"
    return threshold if isinstance(threshold, str) else "threshold"


def _cuts(threshold, side):
    if threshold is None:
        return ""
    if isinstance(threshold, str):
        whose = "each subject" if threshold == "subject-median" else "all samples"
        return (
            f"ratings {side} the median of {whose} are high, so that the labels of the "
            "test samples use the ratings of the test subjects"
        )
    if isinstance(threshold, Real):
        return f"ratings {side} {threshold:g} are high"
    cuts = " and ".join(f"{side} {cut:g}" for cut in threshold)
    return f"classes of ratings {cuts}"


def _title(text):
    """Return the first line of a description that is neither blank nor a label."""
    lines = (line.strip() for line in str(text).splitlines())
    return next((line for line in lines if line and not line.startswith("..")), "")


def _signals(dataset):
    parts = []
    for name, array in stored(dataset.data).items():
        n_channels = len(dataset.ch_names.get(name, ()))
        plural = "s" if n_channels > 1 else ""
        part = name + (f", {n_channels} channel{plural}" if n_channels else "")
        if name in dataset.sfreq:
            part += f" at {dataset.sfreq[name]:g} Hz"
        parts.append(part if array.ndim > 1 else name)
    return "; ".join(parts)


def _left_out(dataset):
    """Return how many samples were left out by a mask of their quality."""
    n_gone = sum(dataset.get("left_out", {}).values())
    if not n_gone:
        return ""
    n_all = n_gone + len(dataset.data)
    return f"{n_gone} of {n_all} ({n_gone / n_all:.1%}), by their quality"


def _durations(dataset):
    """Return the length of a sample in s, or one length per modality if they differ."""
    seconds = {
        name: f"{array.shape[-1] / dataset.sfreq[name]:g} s"
        for name, array in stored(dataset.data).items()
        if array.ndim == 3 and dataset.sfreq.get(name)
    }
    if len(set(seconds.values())) == 1:
        return next(iter(seconds.values()))
    return ", ".join(f"{name} {text}" for name, text in seconds.items())


def _is_rating(metadata, target):
    if not isinstance(target, str):
        return False
    if target not in metadata:
        return target == "quadrant"
    return is_numeric_dtype(metadata[target]) and not is_bool_dtype(metadata[target])
