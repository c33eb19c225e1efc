"""What the published systems are compared with."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_acrnn": ["ACRNN", "ACRNNRegressor"],
    "_continuous_cnn": ["ContinuousCNN", "ContinuousCNNRegressor"],
    "_deep_cca": ["DeepCCA"],
    "_dgcnn": ["DGCNN", "DGCNNRegressor"],
    "_eegnet": ["EEGNet", "EEGNetRegressor"],
    "_etf": ["EmotionTransformerFusion", "EmotionTransformerFusionRegressor"],
    "_four_d_crnn": ["FourDCRNN", "FourDCRNNRegressor"],
    "_graph_sleep_net": ["GraphSleepNet", "GraphSleepNetRegressor"],
    "_logistic": ["make_logistic"],
    "_mkl": ["MultipleKernelClassifier"],
    "_mm_res_lstm": ["MMResLSTM", "MMResLSTMRegressor"],
    "_riemann": ["BandCovariances", "BandMinimumDistance", "BandTangentSpace"],
    "_riemann_pipeline": ["make_riemann"],
    "_ridge": ["make_ridge"],
    "_svm": ["make_svm", "make_svr"],
    "_tsception": ["TSception", "TSceptionRegressor"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
