"""Data sets of different people or sessions as one."""

from collections import Counter

import numpy as np
import pandas as pd

from sklearn_emotion.modalities import Modalities


def concat_fields(datasets):
    """Return the fields of the data set that contains all samples.

    `datasets` is a list of data sets, see :meth:`EmotionDataset.concat`.
    """
    if not datasets:
        raise ValueError("concat needs at least one data set.")
    first = datasets[0]
    for other in datasets[1:]:
        _check_same_layout(first, other)
    tables, n_trials = [], 0
    for dataset in datasets:
        table = dataset.metadata
        if "trial" in table:
            codes, names = pd.factorize(table["trial"])
            table = table.assign(trial=np.where(codes < 0, codes, codes + n_trials))
            n_trials += len(names)
        tables.append(table)
    joined = {
        name: Modalities(
            **{
                key: np.concatenate([dataset[name][key] for dataset in datasets])
                for key in value
            }
        )
        for name, value in first.items()
        if isinstance(value, Modalities)
    }
    missing = [text for d in datasets for text in d.get("missing", [])]
    extra = {"missing": missing} if "missing" in first else {}
    left_out = sum((Counter(d.get("left_out", {})) for d in datasets), Counter())
    if left_out:
        extra["left_out"] = dict(left_out)
    if any(d.get("generated", False) for d in datasets):
        extra["generated"] = True
    metadata = pd.concat(tables, ignore_index=True, join="inner")
    return {**first, **joined, **extra, "metadata": metadata}


def _check_same_layout(first, other):
    """Check that two data sets have the same modalities, channels, rates and units."""
    shapes = ({k: v.shape[1:] for k, v in d["data"].items()} for d in (first, other))
    one, two = shapes
    if one != two:
        raise ValueError(f"The data sets have samples of the shapes {one} and {two}.")
    for field, advice in (
        ("ch_names", "Use match_channels"),
        ("sfreq", "Resample one of them"),
        ("units", "Convert one of them"),
    ):
        for name, value in first[field].items():
            there = other[field].get(name)
            if value != there:
                raise ValueError(
                    f"The data sets have different {field} of {name!r}: {value} and "
                    f"{there}. {advice}."
                )
