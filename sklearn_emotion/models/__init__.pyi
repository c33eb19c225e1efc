from ._deep_vanet import (
    DeepVANet as DeepVANet,
    DeepVANetRegressor as DeepVANetRegressor,
)
from ._deep_vanet_pipeline import make_deep_vanet as make_deep_vanet
from ._hierarchical_lstm import HierarchicalAttentionLSTM as HierarchicalAttentionLSTM
from ._hierarchical_lstm_pipeline import (
    make_hierarchical_lstm as make_hierarchical_lstm,
)
from ._modality_attention import (
    ModalityAwareAttentionNet as ModalityAwareAttentionNet,
    ModalityAwareAttentionNetRegressor as ModalityAwareAttentionNetRegressor,
)
from ._modality_attention_pipeline import (
    make_modality_attention as make_modality_attention,
)
from ._prior_stfenet_pipeline import make_prior_stfenet as make_prior_stfenet
from ._stfe_net import (
    PriorDrivenSTFENet as PriorDrivenSTFENet,
    PriorDrivenSTFENetRegressor as PriorDrivenSTFENetRegressor,
)
from ._three_fac_rnn import (
    ThreeFACRNN as ThreeFACRNN,
    ThreeFACRNNRegressor as ThreeFACRNNRegressor,
)
from ._three_fac_rnn_pipeline import make_three_fac_rnn as make_three_fac_rnn
from ._visual import (
    VisualCNNTCN as VisualCNNTCN,
    VisualCNNTCNRegressor as VisualCNNTCNRegressor,
)
from ._visual_cnn import (
    VisualCNN as VisualCNN,
    VisualCNNRegressor as VisualCNNRegressor,
)
