"""The channels of one cap, computed from the channels of another."""

import numpy as np

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.features._images import standard_montage
from sklearn_emotion.montage import canonical_name, channel_names

# Interpolation needs this share of the wanted channels, and at least this number.
_LEAST_SHARE, _LEAST = 0.5, 4
# Bytes of float64 that are interpolated at a time.
_BLOCK_BYTES = 64_000_000


def match_channels(dataset, like, *, modality="eeg", baseline="baseline"):
    """Return a data set with the channels of another one, in its order.

    A model that was trained on one cap can then predict on recordings of another cap.
    Channels are picked by their names. Channels that the cap lacks are interpolated
    from the others by spherical splines, as by ``mne.Epochs.interpolate_bads``.

    Read more in the :ref:`User Guide <own_channels>`.

    Parameters
    ----------
    dataset : EmotionDataset
        Data set whose EEG is changed.
    like : EmotionDataset, str or sequence of str
        Data set with the wanted channels, name of a montage such as ``"deap32"``, or
        names of channels of the 10-05 system.
    modality : str, default="eeg"
        Modality with the channels. Its shape is (n_samples, n_channels, n_times).
    baseline : str, default="baseline"
        Modality that is changed in the same way if the data set has it.

    Returns
    -------
    matched : EmotionDataset
        Data set with the wanted channels.

    Raises
    ------
    ValueError
        If the cap has less than half of the wanted channels, or fewer than four, or a
        channel has no standard position.

    Warns
    -----
    UserWarning
        If channels are interpolated. The warning names them.

    Notes
    -----
    An interpolated channel is a weighted sum of the others. It adds no information, and
    the covariance of the channels becomes singular.

    Examples
    --------
    >>> from sklearn_emotion.datasets import make_emotion, match_channels
    >>> dataset = make_emotion(n_subjects=2, n_trials=2, random_state=0)
    >>> match_channels(dataset, ["Cz", "Fz"]).ch_names["eeg"]
    ['Cz', 'Fz']
    """
    have = [canonical_name(name) for name in dataset.ch_names[modality]]
    given = like.ch_names[modality] if isinstance(like, EmotionDataset) else like
    wanted = list(channel_names(given))
    want = [canonical_name(name) for name in wanted]
    missing = [name for name in want if name not in have]
    n_there = len(want) - len(missing)
    if missing and (n_there < _LEAST_SHARE * len(want) or n_there < _LEAST):
        raise ValueError(
            f"The data set has {n_there} of the {len(want)} wanted channels, which is "
            f"too few to interpolate the others: {listing(missing)}."
        )
    if missing:
        warn_user(
            f"{len(missing)} of {len(want)} channels are interpolated, because the cap "
            f"does not have them: {listing(missing, 40)}."
        )
    data = dataset.data.copy()
    names = dict(dataset.ch_names)
    for name in (modality, baseline):
        if name in data:
            data[name] = _matched(np.asarray(data[name]), have, want, name)
            names[name] = wanted
    return type(dataset)(**{**dataset, "data": data, "ch_names": names})


def _matched(signals, have, want, name):
    if signals.ndim != 3 or signals.shape[1] != len(have):
        raise ValueError(
            f"data[{name!r}] must have the shape (n_samples, {len(have)}, n_times), "
            f"got {signals.shape}."
        )
    places = {channel: place for place, channel in enumerate(have)}
    if all(channel in places for channel in want):
        return signals[:, [places[channel] for channel in want]]
    out = np.empty((len(signals), len(want), signals.shape[2]), signals.dtype)
    n_channels = len(have) + len(want)
    step = max(1, _BLOCK_BYTES // (8 * n_channels * signals.shape[2]))
    for start in range(0, len(signals), step):
        block = slice(start, start + step)
        out[block] = _interpolated(signals[block], have, want)
    return out


def _interpolated(signals, have, want):
    import mne

    # Channels without a position, such as reference electrodes, cannot be used.
    montage = standard_montage()
    known = {canonical_name(name): name for name in montage.ch_names}
    unknown = [channel for channel in want if channel not in known]
    if unknown:
        raise ValueError(f"There is no standard position for the channels {unknown}.")
    used = [i for i, channel in enumerate(have) if channel in known]
    absent = [channel for channel in want if channel not in have]
    names = [known[have[i]] for i in used] + [known[channel] for channel in absent]
    info = mne.create_info(names, 1000.0, "eeg")
    n_samples, _, n_times = signals.shape
    data = np.zeros((n_samples, len(names), n_times))
    data[:, : len(used)] = signals[:, used]
    epochs = mne.EpochsArray(data, info, verbose="error")
    epochs.set_montage(montage, verbose="error")
    epochs.info["bads"] = [known[channel] for channel in absent]
    epochs.interpolate_bads(reset_bads=True, verbose="error")
    order = [names.index(known[channel]) for channel in want]
    return epochs.get_data(verbose="error")[:, order]
