"""The five published systems."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_hierarchical_lstm": ["HierarchicalAttentionLSTM"],
    "_deep_vanet": ["DeepVANet"],
    "_modality_attention": ["ModalityAwareAttentionNet"],
    "_stfe_net": ["PriorDrivenSTFENet"],
    "_three_fac_rnn": ["ThreeFACRNN"],
    "_visual": ["VisualCNN", "VisualCNNTCN"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
