"""Splits that keep people and trials apart, and reports on those that do not."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_cross_validate": ["cross_validate"],
    "_hoisting": ["hoist"],
    "_leakage": ["leakage_report"],
    "_paper_protocol": ["PaperProtocol"],
    "_search": ["HoistedGridSearchCV"],
    "_splitters": ["LeaveOneSubjectAndStimulusOut", "WithinSubject"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
