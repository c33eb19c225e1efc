from ._attended_frames import AttendedFramesDisplay as AttendedFramesDisplay
from ._band_attention import BandAttentionDisplay as BandAttentionDisplay
from ._calibration_curve import CalibrationCurveDisplay as CalibrationCurveDisplay
from ._channel_prior import ChannelPriorDisplay as ChannelPriorDisplay
from ._confusion import ConfusionMatricesDisplay as ConfusionMatricesDisplay
from ._dataset import DatasetDisplay as DatasetDisplay
from ._feature_scatter import FeatureScatterDisplay as FeatureScatterDisplay
from ._permutation import (
    PermutationImportanceDisplay as PermutationImportanceDisplay,
    permutation_importance as permutation_importance,
)
from ._score_plots import (
    AblationDisplay as AblationDisplay,
    ScoreCurveDisplay as ScoreCurveDisplay,
)
from ._signal import SignalDisplay as SignalDisplay
from ._subject_scores import SubjectScoresDisplay as SubjectScoresDisplay
