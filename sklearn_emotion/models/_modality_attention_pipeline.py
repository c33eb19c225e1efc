"""Pipeline from EEG and ECG to the modality-aware attention network."""

from sklearn.pipeline import make_pipeline

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features import (
    DifferentialEntropy,
    GridProjector9x9,
    HRVSeries,
)
from sklearn_emotion.modalities import make_modality_transformer
from sklearn_emotion.model_selection._pipeline import TunablePipeline
from sklearn_emotion.models._docs import BUILDERS, rate_of
from sklearn_emotion.models._modality_attention import ModalityAwareAttentionNet

_PARAMETERS = """
images : {"grid", "channels"}
    What the 2-D convolutions of the EEG read: the 9 x 9 grid of the scalp, with one
    image per band, or one image whose rows are bands and whose columns are channels.
"""


@fill_doc(BUILDERS, _PARAMETERS)
def make_modality_attention(*, sfreq="auto", ch_names="auto", images="grid", **params):
    """Build the modality-aware attention network, from EEG and ECG to classes.

    The pipeline computes the differential entropy of the EEG in the bands theta, alpha,
    beta and gamma over the whole sample, and the series of RR intervals of the ECG,
    padded with zeros. The paper [1]_ uses samples of 10 s. The network is
    :class:`ModalityAwareAttentionNet`.

    Read more in the :ref:`User Guide <modality_attention>`.

    Parameters
    ----------
    %(sfreq)s

    %(ch_names)s

    %(images)s

    %(**params)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of ``Modalities`` with ``eeg`` (n_samples, n_channels, n_times) in
        µV and ``ecg`` (n_samples, n_leads, n_times). The paper searches no settings, so
        ``param_grid()`` is empty.

    Raises
    ------
    ValueError
        If `images` is unknown, or if the names of the channels are needed and missing.

    See Also
    --------
    ModalityAwareAttentionNet : The network. Its `modality_attention` is the switch
        between the two rows of the paper's table.
    load_amigos : Loads ``modalities=("eeg", "ecg")`` in windows of 10 s.

    Notes
    -----
    Departures from [1]_: they are listed in the notes of :class:`HRVSeries` and
    :class:`ModalityAwareAttentionNet`.

    References
    ----------
    .. [1] S. Woo, M. Zubair, S. Lim and D. Kim, "Deep multimodal emotion recognition
       using modality aware attention network for unifying representations in neural
       models", NeurIPS 2023 workshop.

    Examples
    --------
    >>> from sklearn_emotion import make_modality_attention
    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(
    ...     n_subjects=2, n_trials=2, modalities=("eeg", "ecg"), random_state=0
    ... )
    >>> clf = make_modality_attention(
    ...     sfreq=dataset.sfreq, ch_names="deap32", max_epochs=1, random_state=0
    ... )
    >>> clf.fit(dataset.data, dataset.target("valence")).predict(dataset.data).shape
    (12,)
    """
    if images not in ("grid", "channels"):
        raise ValueError(f"images must be 'grid' or 'channels', got {images!r}.")
    eeg = DifferentialEntropy(sfreq=rate_of(sfreq, "eeg", "auto"), window=None)
    if images == "grid":
        if ch_names is None:
            raise ValueError(
                "images='grid' needs ch_names, the names of the EEG channels."
            )
        eeg = make_pipeline(eeg, GridProjector9x9(ch_names))
    ecg = HRVSeries(sfreq=rate_of(sfreq, "ecg", "auto"))
    return TunablePipeline(
        [
            ("features", make_modality_transformer(eeg=eeg, ecg=ecg)),
            ("network", ModalityAwareAttentionNet(**params)),
        ]
    )
