"""Several data sets as one, to train on one of them and test on another."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._thresholds import THRESHOLD
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.montage import canonical_name

_COLUMNS = ("subject", "trial", "stimulus")


def join_datasets(
    datasets, *, modalities=None, target=None, thresholds=THRESHOLD, side=">"
):
    """Join several data sets, whose channels are matched by name.

    A signal keeps the channels that all data sets have, in the order of the first data
    set. A modality with one channel in each data set is joined whatever the names are.

    Read more in the :ref:`User Guide <other_data_sets>`.

    Parameters
    ----------
    datasets : dict of str to EmotionDataset
        The data sets by name. Their signals have the same sampling rate and the same
        length.

    modalities : sequence of str or None, default=None
        Modalities to join. If None, the modalities that all data sets have.

    target : str or None, default=None
        Rating from which classes are made, with the threshold of each data set. The
        metadata get them as the column ``<target>_class``.

    thresholds : float, str, None or dict of str to these, default=5.0
        Threshold of `target`, or one for each data set by name, as
        :meth:`EmotionDataset.target` takes it. Rating scales may differ.

    side : {">", ">="}, default=">"
        Whether a rating equal to the threshold is low (``">"``) or high (``">="``).

    Returns
    -------
    dataset : EmotionDataset
        All samples, data set by data set. The metadata have the column ``dataset``, and
        ``subject``, ``trial`` and ``stimulus`` are texts such as ``"deap:3"``, because
        other people, trials and stimuli have the same numbers in other data sets.

    Raises
    ------
    ValueError
        If the data sets have no modality or no channel in common, or if rates, lengths
        or units differ.

    See Also
    --------
    sklearn_emotion.CrossDatasetSplit : Train on one data set and test
        on another.

    Examples
    --------
    >>> from sklearn_emotion.datasets import join_datasets, make_emotion
    >>> joined = join_datasets(
    ...     {
    ...         "first": make_emotion(n_subjects=2, n_trials=4, random_state=0),
    ...         "second": make_emotion(n_subjects=3, n_trials=4, random_state=1),
    ...     },
    ...     target="valence",
    ... )
    >>> joined
    EmotionDataset(60 samples, 5 subjects, 20 trials; eeg: (60, 32, 1280) at 128 Hz)
    >>> joined.metadata[["dataset", "subject", "trial"]].iloc[-1].tolist()
    ['second', 'second:2', 'second:11']
    """
    _check(datasets, thresholds)
    names = _common_modalities(datasets, modalities)
    first = next(iter(datasets.values()))
    arrays, channels = {}, {}
    for name in names:
        _check_equal(datasets, name, "sampling rates", _rate, "Use a Resampler first.")
        _check_equal(
            datasets, name, "units", _unit, "Convert the arrays and correct the units."
        )
        arrays[name], channels[name] = _join_arrays(datasets, name)
    is_generated = any(d.get("generated", False) for d in datasets.values())
    return EmotionDataset(
        data=Modalities(**arrays),
        metadata=_join_metadata(datasets, target, thresholds, side),
        sfreq={name: first.sfreq[name] for name in names if name in first.sfreq},
        ch_names={name: known for name, known in channels.items() if known},
        units={name: first.units[name] for name in names},
        DESCR=f"{' and '.join(datasets)}, joined",
        **({"generated": True} if is_generated else {}),
    )


def _check(datasets, thresholds):
    if not isinstance(datasets, Mapping) or len(datasets) < 2:
        raise ValueError(
            "datasets must be a dict with the names of two or more data sets, such as "
            f"{{'deap': deap, 'amigos': amigos}}; got {type(datasets).__name__}"
            f"{f' of {len(datasets)}' if isinstance(datasets, Mapping) else ''}."
        )
    for name, dataset in datasets.items():
        if not isinstance(name, str) or not isinstance(dataset, EmotionDataset):
            raise ValueError(
                "datasets must map names to EmotionDatasets, got "
                f"{name!r}: {type(dataset).__name__}."
            )
    if isinstance(thresholds, Mapping) and set(thresholds) != set(datasets):
        raise ValueError(
            f"thresholds must have one entry for each of {list(datasets)}, got "
            f"{list(thresholds)}."
        )


def _common_modalities(datasets, modalities):
    held = {name: list(dataset.data) for name, dataset in datasets.items()}
    shared = [key for key in next(iter(held.values())) if _all_hold(held, key)]
    names = shared if modalities is None else list(modalities)
    if names and set(names) <= set(shared):
        return names
    what = f"the modalities {names}" if names else "any modality"
    texts = "; ".join(f"{name}: {', '.join(keys)}" for name, keys in held.items())
    raise ValueError(
        f"The data sets do not all have {what} ({texts}). Load the same modalities of "
        "each."
    )


def _all_hold(held, key):
    return all(key in keys for keys in held.values())


def _rate(dataset, modality):
    return dataset.sfreq.get(modality)


def _unit(dataset, modality):
    return dataset.units[modality]


def _check_equal(datasets, modality, what, get, advice):
    """Raise an error if a fact about a modality differs between the data sets."""
    found = {name: get(dataset, modality) for name, dataset in datasets.items()}
    if len(set(found.values())) > 1:
        texts = ", ".join(f"{name}: {value}" for name, value in found.items())
        raise ValueError(
            f"The {what} of {modality!r} must be the same in all data sets, got "
            f"{texts}. {advice}"
        )


def _join_arrays(datasets, modality):
    """Return the joined array of a modality, and the names of its channels."""
    parts = {name: dataset.data[modality] for name, dataset in datasets.items()}
    known = {
        name: [canonical_name(channel) for channel in dataset.ch_names[modality]]
        for name, dataset in datasets.items()
        if modality in dataset.ch_names
    }
    names = known.get(next(iter(datasets)), [])
    are_equal = all(others == names for others in known.values())
    if not are_equal and any(len(others) > 1 for others in known.values()):
        names = [c for c in names if all(c in others for others in known.values())]
        if not names or any(part.ndim != 3 for part in parts.values()):
            texts = "; ".join(f"{n}: {', '.join(c[:4])}" for n, c in known.items())
            raise ValueError(
                f"The channels of {modality!r} cannot be matched by name ({texts}, "
                "...). Signals of shape (n_samples, n_channels, n_times) need channels "
                "in common. Features of other shapes need the same channels, or the "
                "grid that GridProjector9x9 makes of any channels."
            )
        parts = {
            name: part[:, [known[name].index(channel) for channel in names]]
            for name, part in parts.items()
        }
    shapes = {name: part.shape[1:] for name, part in parts.items()}
    if len(set(shapes.values())) > 1:
        texts = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
        raise ValueError(
            f"The samples of {modality!r} must have the same shape in all data sets, "
            f"got {texts}. Load all data sets with the same window."
        )
    return np.concatenate(list(parts.values())), names


def _join_metadata(datasets, target, thresholds, side):
    tables = []
    for name, dataset in datasets.items():
        table = dataset.metadata.copy()
        for column in table.columns.intersection(_COLUMNS):
            text = f"{name}:" + table[column].astype(str)
            table[column] = text.where(table[column].notna(), None)
        if target is not None:
            one_each = isinstance(thresholds, Mapping)
            threshold = thresholds[name] if one_each else thresholds
            labels = dataset.target(target, threshold=threshold, side=side)
            table[f"{target}_class"] = labels
        table.insert(0, "dataset", name)
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    if target is not None:
        # Numbers would be taken for ratings.
        whole[f"{target}_class"] = whole[f"{target}_class"].astype("category")
    return whole
