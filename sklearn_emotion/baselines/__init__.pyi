from .classical._fisher import FisherScoreSelector as FisherScoreSelector
from .classical._logistic import make_logistic as make_logistic
from .classical._mkl import MultipleKernelClassifier as MultipleKernelClassifier
from .classical._peripheral import (
    make_koelstra_svm as make_koelstra_svm,
    make_peripheral as make_peripheral,
)
from .classical._ridge import make_ridge as make_ridge
from .classical._riemann import (
    BandCovariances as BandCovariances,
    BandMinimumDistance as BandMinimumDistance,
    BandTangentSpace as BandTangentSpace,
)
from .classical._riemann_pipeline import make_riemann as make_riemann
from .classical._svm import (
    TunablePipeline as TunablePipeline,
    make_svm as make_svm,
    make_svr as make_svr,
)
from .classical._trial_voting import TrialVoting as TrialVoting
from .classical._voting import ModalityVoting as ModalityVoting
from .networks._acrnn import ACRNN as ACRNN, ACRNNRegressor as ACRNNRegressor
from .networks._continuous_cnn import (
    ContinuousCNN as ContinuousCNN,
    ContinuousCNNRegressor as ContinuousCNNRegressor,
)
from .networks._deep_cca import DeepCCA as DeepCCA
from .networks._dgcnn import DGCNN as DGCNN, DGCNNRegressor as DGCNNRegressor
from .networks._eegnet import EEGNet as EEGNet, EEGNetRegressor as EEGNetRegressor
from .networks._etf import (
    EmotionTransformerFusion as EmotionTransformerFusion,
    EmotionTransformerFusionRegressor as EmotionTransformerFusionRegressor,
)
from .networks._four_d_crnn import (
    FourDCRNN as FourDCRNN,
    FourDCRNNRegressor as FourDCRNNRegressor,
)
from .networks._graph_sleep_net import (
    GraphSleepNet as GraphSleepNet,
    GraphSleepNetRegressor as GraphSleepNetRegressor,
)
from .networks._mm_res_lstm import (
    MMResLSTM as MMResLSTM,
    MMResLSTMRegressor as MMResLSTMRegressor,
)
from .networks._tsception import (
    TSception as TSception,
    TSceptionRegressor as TSceptionRegressor,
)
