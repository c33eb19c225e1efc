"""Recipes of the baselines.

Models of sequences get five windows per sample. The numbers of epochs are chosen so
that a benchmark on two CPU cores finishes in a reasonable time.
"""

from sklearn.pipeline import make_pipeline

from sklearn_emotion.evaluation.plan._recipe import Recipe, entropy, grid, network

BANDS = {
    "theta": (4.0, 7.0),
    "alpha": (8.0, 13.0),
    "beta": (14.0, 30.0),
    "gamma": (31.0, 50.0),
}
# Bands in which the P and T waves, the QRS complex and its edges have their power.
ECG_BANDS = {"slow": (1.0, 5.0), "qrs": (5.0, 15.0), "edges": (15.0, 40.0)}
N_WINDOWS = 5
CLASSES = ("classification",)


def _hrv(setting):
    from sklearn.impute import SimpleImputer

    from sklearn_emotion.features import HRVFeatures

    return make_pipeline(
        HRVFeatures(sfreq=setting.sfreq["ecg"], measures="time"),
        SimpleImputer(keep_empty_features=True),
    )


def _sequences(setting):
    from sklearn_emotion.modalities import make_modality_transformer

    window = setting.duration / N_WINDOWS
    return make_modality_transformer(
        eeg=entropy(setting, window=window),
        ecg=entropy(setting, "ecg", bands=ECG_BANDS, window=window),
    )


def _mdm(setting):
    from sklearn_emotion.baselines import make_riemann

    return make_riemann("mdm", sfreq=setting.sfreq["eeg"])


def _mkl(setting):
    from sklearn_emotion.baselines import MultipleKernelClassifier
    from sklearn_emotion.modalities import ModalityFlattener, ModalityTransformer

    views = []
    for name, edges in BANDS.items():
        band = entropy(setting, bands={name: edges}, window=None)
        views.append((name, make_pipeline(band, ModalityFlattener()), "eeg"))
    views.append(("hrv", _hrv(setting), "ecg"))
    return make_pipeline(ModalityTransformer(views), MultipleKernelClassifier())


def _signals(setting):
    """Return the names of the peripheral signals of a data set."""
    from sklearn_emotion.baselines.classical._peripheral import KINDS

    return tuple(name for name in setting.sfreq if name in KINDS)


def _eeg_and_signals(setting):
    signals = _signals(setting)
    return ("eeg", *signals) if signals and "eeg" in setting.sfreq else ()


def _peripheral(setting):
    from sklearn_emotion.baselines import make_peripheral

    return make_peripheral({name: setting.sfreq[name] for name in _signals(setting)})


def _koelstra_svm(setting):
    from sklearn_emotion.baselines import make_koelstra_svm

    return make_koelstra_svm(
        sfreq=setting.sfreq["eeg"], ch_names=setting.ch_names["eeg"]
    )


def _voting(setting):
    from sklearn.naive_bayes import GaussianNB

    from sklearn_emotion.baselines import ModalityVoting

    # The classifier of the paper, whose probabilities need no inner split.
    eeg = _koelstra_svm(setting).set_params(svm=GaussianNB())
    body = _peripheral(setting)
    return ModalityVoting([("eeg", eeg, "eeg"), ("body", body, _signals(setting))])


def _deep_cca(setting):
    from sklearn.linear_model import Ridge
    from sklearn.svm import LinearSVC

    from sklearn_emotion.baselines import DeepCCA
    from sklearn_emotion.modalities import make_modality_transformer

    return make_pipeline(
        make_modality_transformer(eeg=entropy(setting, window=None), ecg=_hrv(setting)),
        DeepCCA(max_epochs=10 if setting.quick else 50),
        Ridge() if setting.task == "regression" else LinearSVC(),
    )


def _dgcnn(setting):
    epochs = 10 if setting.quick else 30
    return make_pipeline(
        entropy(setting, window=None), network(setting, "DGCNN", max_epochs=epochs)
    )


def _graph_sleep_net(setting):
    return make_pipeline(
        entropy(setting, window=setting.duration / N_WINDOWS),
        network(setting, "GraphSleepNet", max_epochs=10 if setting.quick else 30),
    )


def _mm_res_lstm(setting):
    epochs = 8 if setting.quick else 30
    return make_pipeline(
        _sequences(setting), network(setting, "MMResLSTM", max_epochs=epochs)
    )


def _etf(setting):
    epochs = 8 if setting.quick else 30
    return make_pipeline(
        _sequences(setting),
        network(setting, "EmotionTransformerFusion", max_epochs=epochs),
    )


def _four_d_crnn(setting):
    return make_pipeline(
        grid(setting, setting.duration / 2),
        network(setting, "FourDCRNN", max_epochs=3 if setting.quick else 10),
    )


def _continuous_cnn(setting):
    return make_pipeline(
        grid(setting, None),
        network(setting, "ContinuousCNN", max_epochs=3 if setting.quick else 10),
    )


def _eegnet(setting):
    return network(
        setting,
        "EEGNet",
        sfreq=setting.sfreq["eeg"],
        max_epochs=3 if setting.quick else 20,
    )


def _tsception(setting):
    return network(
        setting,
        "TSception",
        sfreq=setting.sfreq["eeg"],
        ch_names=setting.ch_names["eeg"],
        max_epochs=3 if setting.quick else 20,
    )


def _acrnn(setting):
    return network(
        setting,
        "ACRNN",
        sfreq=setting.sfreq["eeg"],
        max_epochs=4 if setting.quick else 20,
    )


BASELINES = {
    "mdm": Recipe(_mdm, "eeg", "minimum distance to mean of band covariances", CLASSES),
    "dgcnn": Recipe(
        _dgcnn, "eeg", "dynamical graph convolutions on differential entropy"
    ),
    "graphsleepnet": Recipe(
        _graph_sleep_net, "eeg", "adaptive spatial-temporal graphs"
    ),
    "4d-crnn": Recipe(
        _four_d_crnn, "eeg", "convolutions on the scalp's grid and an LSTM"
    ),
    "continuous-cnn": Recipe(
        _continuous_cnn, "eeg", "convolutions on the scalp's grid"
    ),
    "eegnet": Recipe(_eegnet, "eeg", "EEGNet on raw signals"),
    "tsception": Recipe(_tsception, "eeg", "TSception on raw signals"),
    "acrnn": Recipe(_acrnn, "eeg", "ACRNN on raw signals"),
    "mkl": Recipe(
        _mkl,
        ("eeg", "ecg"),
        "SimpleMKL on bands and heart rate variability",
        CLASSES,
    ),
    "koelstra-svm": Recipe(
        _koelstra_svm, "eeg", "DEAP's band powers, Fisher's criterion, SVM", CLASSES
    ),
    "peripheral": Recipe(
        _peripheral, _signals, "DEAP's peripheral features, naive Bayes", CLASSES
    ),
    "voting": Recipe(
        _voting,
        _eeg_and_signals,
        "weighted vote of EEG and peripheral signals, naive Bayes",
        CLASSES,
    ),
    "deep-cca": Recipe(
        _deep_cca,
        ("eeg", "ecg"),
        "deep CCA and a linear SVM, or ridge regression",
    ),
    "mmreslstm": Recipe(
        _mm_res_lstm, ("eeg", "ecg"), "residual LSTMs with shared weights"
    ),
    "etf": Recipe(
        _etf, ("eeg", "ecg"), "a transformer per modality, fused by attention"
    ),
}
