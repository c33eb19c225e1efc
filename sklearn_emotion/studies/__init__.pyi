from ._experiment import (
    Context as Context,
    Experiment as Experiment,
    Figure as Figure,
    Fit as Fit,
    Row as Row,
)
from ._library import list_studies as list_studies, load_study as load_study
from ._printed import Column as Column, Printed as Printed
from ._run import StudyResults as StudyResults
from ._study import Study as Study
from ._teacher import pretrain_teacher as pretrain_teacher
