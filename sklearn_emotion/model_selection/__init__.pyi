from ._cross_validate import cross_validate as cross_validate
from ._hoisting import Hoisted as Hoisted, hoist as hoist
from ._leakage import leakage_report as leakage_report
from ._paper_protocol import PaperProtocol as PaperProtocol
from ._search import HoistedGridSearchCV as HoistedGridSearchCV
from ._splitters import (
    LeaveOneSubjectAndStimulusOut as LeaveOneSubjectAndStimulusOut,
    WithinSubject as WithinSubject,
)
