"""Pipeline from face frames and bio-signals to DeepVANet."""

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import baseline_name
from sklearn_emotion.model_selection._pipeline import TunablePipeline
from sklearn_emotion.models._deep_vanet import DeepVANet
from sklearn_emotion.models._docs import BUILDERS, rate_of
from sklearn_emotion.preprocessing import BaselineRemoval

_PARAMETERS = """
modalities : sequence of str
    Entries of X that the network reads. ``"face"`` contains frames. All others are
    signals, which are joined along the channel axis. The order is the order of
    AdaBoost in decision-level fusion.

fusion : {"feature", "decision"}
    Whether one classifier reads the features of both branches, or each branch has its
    own.

baseline : {"signal"} or None
    If "signal", the mean of the one-second segments of the rest before the trial is
    subtracted from each signal. The loaders return the rest with
    ``baseline="modality"``. None leaves the signals as they are, for example after the
    loader has subtracted the template with ``baseline="template"``.

face_cnn : estimator or None
    Fitted :class:`VisualCNN` from whose weights the face branch starts.
"""


@fill_doc(BUILDERS, _PARAMETERS)
def make_deep_vanet(
    *,
    sfreq="auto",
    modalities=("face", "eeg", "peripheral"),
    fusion="feature",
    baseline=None,
    face_cnn=None,
    **params,
):
    """Build DeepVANet, from the modalities of the loaders to classes.

    The seven input sets of Figure 2 in [1]_ are given by `modalities`, for example
    ``("face",)``, ``("eeg", "peripheral")`` or ``("face", "eeg")``.

    Read more in the :ref:`User Guide <deep_vanet>`.

    Parameters
    ----------
    %(sfreq)s

    %(modalities)s

    %(fusion)s

    %(baseline)s

    %(face_cnn)s

    %(**params)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of ``Modalities``. Its ``param_grid()`` is the grid of the paper over
        the widths of the branches. With a single branch, only one of the two widths
        has an effect.

    Raises
    ------
    ValueError
        If `baseline` is unknown.

    See Also
    --------
    DeepVANet : The network.
    load_deap : Loads ``modalities=("eeg", "peripheral", "face")`` in windows of 1 s.

    Notes
    -----
    Departures from [1]_: the paper references the EEG to the mean of its channels,
    filters it from 4 to 45 Hz and removes artifacts with EEGLAB. The preprocessed
    recordings of DEAP are referenced and filtered. Pass the steps for raw recordings as
    ``preprocess`` to the loader. The paper selects the widths by the mean accuracy of
    valence and arousal, and a search has one target. The user guide shows how to
    average two searches.

    References
    ----------
    .. [1] Y. Zhang, M. Z. Hossain and S. Rahman, "DeepVANet: a deep end-to-end network
       for multi-modal emotion recognition", INTERACT 2021, Section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, make_deep_vanet
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(face=rng.random((6, 5, 3, 64, 64)),
    ...                eeg=rng.standard_normal((6, 32, 128)),
    ...                baseline=rng.standard_normal((6, 32, 384)))
    >>> clf = make_deep_vanet(
    ...     modalities=("face", "eeg"), baseline="signal", max_epochs=1, random_state=0
    ... )
    >>> clf.fit(X, ["high", "low"] * 3).predict_proba(X).shape
    (6, 2)
    >>> clf.param_grid()["network__face_features"]
    [16, 32, 64, 128, 256]
    """
    if baseline not in ("signal", None):
        raise ValueError(f"baseline must be 'signal' or None, got {baseline!r}.")
    network = DeepVANet(
        modalities=modalities, fusion=fusion, face_cnn=face_cnn, **params
    )
    signals = [name for name in modalities if name != "face"]
    steps = [
        (
            f"baseline_of_{name}",
            BaselineRemoval(
                domain="signal",
                modality=name,
                baseline=baseline_name(name),
                sfreq=rate_of(sfreq, name, "auto"),
            ),
        )
        for name in signals
        if baseline == "signal"
    ]
    return TunablePipeline([*steps, ("network", network)])
