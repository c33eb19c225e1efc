"""What the published systems are compared with."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_acrnn": ["ACRNN"],
    "_continuous_cnn": ["ContinuousCNN"],
    "_deep_cca": ["DeepCCA"],
    "_dgcnn": ["DGCNN"],
    "_eegnet": ["EEGNet"],
    "_etf": ["EmotionTransformerFusion"],
    "_four_d_crnn": ["FourDCRNN"],
    "_graph_sleep_net": ["GraphSleepNet"],
    "_logistic": ["make_logistic"],
    "_mkl": ["MultipleKernelClassifier"],
    "_mm_res_lstm": ["MMResLSTM"],
    "_riemann": [
        "BandCovariances",
        "BandMinimumDistance",
        "BandTangentSpace",
        "make_riemann",
    ],
    "_svm": ["make_svm"],
    "_tsception": ["TSception"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
