"""The five published systems."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_hierarchical_lstm": ["HierarchicalAttentionLSTM"],
    "_deep_vanet": ["DeepVANet", "DeepVANetRegressor"],
    "_modality_attention": [
        "ModalityAwareAttentionNet",
        "ModalityAwareAttentionNetRegressor",
    ],
    "_stfe_net": ["PriorDrivenSTFENet", "PriorDrivenSTFENetRegressor"],
    "_three_fac_rnn": ["ThreeFACRNN", "ThreeFACRNNRegressor"],
    "_visual": [
        "VisualCNN",
        "VisualCNNRegressor",
        "VisualCNNTCN",
        "VisualCNNTCNRegressor",
    ],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
