"""What fitted models look at, as figures and as numbers."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_attended_frames": ["AttendedFramesDisplay"],
    "_band_attention": ["BandAttentionDisplay"],
    "_channel_prior": ["ChannelPriorDisplay"],
    "_feature_scatter": ["FeatureScatterDisplay"],
    "_permutation": ["PermutationImportanceDisplay", "permutation_importance"],
    "_subject_scores": ["SubjectScoresDisplay"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
