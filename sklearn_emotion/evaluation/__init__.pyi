from ._benchmark import benchmark as benchmark
from ._calibration import calibration_curve as calibration_curve
from ._compare import compare as compare
from ._gap import leakage_gap as leakage_gap
from ._metrics import (
    classification_rate as classification_rate,
    concordance_correlation as concordance_correlation,
    negative_predictive_value as negative_predictive_value,
    positive_predictive_value as positive_predictive_value,
    sensitivity_score as sensitivity_score,
    specificity_score as specificity_score,
)
from .read._conclusions import conclusions as conclusions
from .read._report import report as report
from .read._results import Results as Results
from .read._statistics import (
    bootstrap_interval as bootstrap_interval,
    corrected_resampled_t as corrected_resampled_t,
    holm as holm,
    significance as significance,
)
from .read._tables import (
    read_results as read_results,
    score_table as score_table,
    subject_scores as subject_scores,
)
