"""Pipeline from EEG and frames of the face to the prior-driven network."""

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features import BandPower, DynamicConnectivity
from sklearn_emotion.modalities import ModalityTransformer
from sklearn_emotion.model_selection._pipeline import TunablePipeline
from sklearn_emotion.models._docs import BUILDERS, rate_of
from sklearn_emotion.models._stfe_net import PriorDrivenSTFENet
from sklearn_emotion.preprocessing import WindowAverager

_PARAMETERS = """
window : float
    Length in seconds of the windows of both modalities.

bands : dict of str to (float, float) or None
    Name of each band of the EEG and its edges in Hz. None stands for the five bands of
    the paper.

log : bool
    Whether the network gets the natural logarithm of the band powers.
"""


@fill_doc(BUILDERS, _PARAMETERS)
def make_prior_stfenet(
    *, sfreq="auto", ch_names="auto", window=3.0, bands=None, log=True, **params
):
    """Build the prior-driven network, from signals and frames to classes.

    The pipeline computes band powers of the EEG, their correlation between channels,
    and the mean of each feature of the face, in windows of 3 s. The network is
    :class:`PriorDrivenSTFENet`. A trial of 60 s has the 20 windows of the paper [1]_.

    Read more in the :ref:`User Guide <stfe_net>`.

    Parameters
    ----------
    %(sfreq)s

    %(ch_names)s

    %(window)s

    %(bands)s

    %(log)s

    %(**params)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of ``Modalities`` with ``eeg`` (n_samples, n_channels, n_times) in
        µV and ``openface`` (n_samples, n_frames, n_features). With ``prior=False``,
        ``openface`` is not needed. The paper searches no settings, so ``param_grid()``
        is empty.

    See Also
    --------
    PriorDrivenSTFENet : The network, with the switches of the paper's ablations.
    load_deap : Loads ``modalities=("eeg", "openface")``.

    Notes
    -----
    Departures from [1]_: the last band, which the paper prints as "30+ Hz", ends at
    45 Hz. The powers are logarithms unless ``log=False``. All others are listed in the
    notes of :class:`PriorDrivenSTFENet`.

    References
    ----------
    .. [1] C. Zheng, W. Shao, D. Zhang and Q. Zhu, "Prior-driven dynamic brain networks
       for multi-modal emotion recognition", MICCAI 2023, Section 3.

    Examples
    --------
    >>> from sklearn_emotion import make_prior_stfenet
    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(
    ...     n_subjects=2, n_trials=4, modalities=("eeg", "openface"), duration=12.0,
    ...     window=12.0, ch_names=["F3", "F4", "T7", "T8", "O1", "O2"], random_state=0
    ... )
    >>> clf = make_prior_stfenet(
    ...     sfreq=dataset.sfreq, channels=(4, 8), max_epochs=1, random_state=0
    ... )
    >>> X, y = dataset.data, dataset.target("valence")
    >>> clf.fit(X, y)[:-1].transform(X)["connectivity"].shape
    (8, 4, 6, 6)
    """
    network = PriorDrivenSTFENet(**params)
    power = BandPower(
        sfreq=rate_of(sfreq, "eeg", "auto"),
        bands=bands,
        window=window,
        log=log,
    )
    networks = DynamicConnectivity(domain="features", ch_names=ch_names)
    windows = [("eeg", power, "eeg")]
    inputs = [("connectivity", networks, "eeg")]
    if network.prior:
        rate = rate_of(sfreq, "openface", 5.0)
        averager = WindowAverager(frame_rate=rate, window=window)
        windows.append(("face", averager, "openface"))
        inputs += [(name, "passthrough", name) for name in ("eeg", "face")]
    return TunablePipeline(
        [
            ("windows", ModalityTransformer(windows)),
            ("connectivity", ModalityTransformer(inputs)),
            ("network", network),
        ]
    )
