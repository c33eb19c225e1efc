"""Comparisons that can be rerun and resumed."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_compare": ["compare"],
    "_metrics": [
        "classification_rate",
        "concordance_correlation",
        "negative_predictive_value",
        "positive_predictive_value",
        "sensitivity_score",
        "specificity_score",
    ],
    "_gap": ["leakage_gap"],
    "_report": ["report"],
    "_statistics": [
        "bootstrap_interval",
        "corrected_resampled_t",
        "holm",
        "significance",
    ],
    "_tables": ["read_results", "score_table", "subject_scores"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
