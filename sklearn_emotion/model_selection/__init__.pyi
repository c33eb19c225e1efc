from ._cross_validate import cross_validate as cross_validate
from ._hoisting import Hoisted as Hoisted, hoist as hoist
from ._leakage import leakage_report as leakage_report
from ._paper_protocol import PaperProtocol as PaperProtocol
from ._pipeline import TunablePipeline as TunablePipeline
from ._search import HoistedGridSearchCV as HoistedGridSearchCV
from ._splitters import (
    CrossDatasetSplit as CrossDatasetSplit,
    LeaveOneSubjectAndStimulusOut as LeaveOneSubjectAndStimulusOut,
    WithinSubject as WithinSubject,
)
from ._target_access import target_access as target_access
