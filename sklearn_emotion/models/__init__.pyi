from ._deep_vanet import (
    DeepVANet as DeepVANet,
    DeepVANetRegressor as DeepVANetRegressor,
)
from ._hierarchical_lstm import HierarchicalAttentionLSTM as HierarchicalAttentionLSTM
from ._modality_attention import (
    ModalityAwareAttentionNet as ModalityAwareAttentionNet,
    ModalityAwareAttentionNetRegressor as ModalityAwareAttentionNetRegressor,
)
from ._stfe_net import (
    PriorDrivenSTFENet as PriorDrivenSTFENet,
    PriorDrivenSTFENetRegressor as PriorDrivenSTFENetRegressor,
)
from ._three_fac_rnn import (
    ThreeFACRNN as ThreeFACRNN,
    ThreeFACRNNRegressor as ThreeFACRNNRegressor,
)
from ._visual import (
    VisualCNNTCN as VisualCNNTCN,
    VisualCNNTCNRegressor as VisualCNNTCNRegressor,
)
from ._visual_cnn import (
    VisualCNN as VisualCNN,
    VisualCNNRegressor as VisualCNNRegressor,
)
