"""Splits that keep people and trials apart, and reports on those that do not."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_leakage": ["leakage_report"],
    "_paper_protocol": ["PaperProtocol"],
    "_splitters": ["LeaveOneSubjectAndStimulusOut", "WithinSubject"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
