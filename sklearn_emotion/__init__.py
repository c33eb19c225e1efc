"""Multi-modal emotion recognition from physiological signals and faces.

Importing the package imports neither torch nor MNE: every public name is looked up
in its subpackage when it is first used.
"""

from sklearn_emotion import (
    baselines,
    features,
    model_selection,
    models,
    preprocessing,
)
from sklearn_emotion._lazy import attach

__version__ = "0.1.0.dev0"

_SUBPACKAGES = (features, preprocessing, models, baselines, model_selection)
NAMES = {
    "_base": ["LeakageWarning"],
    "modalities": [
        "Modalities",
        "ModalityFlattener",
        "ModalityTransformer",
        "make_modality_transformer",
    ],
}
for _package in _SUBPACKAGES:
    for _module, _group in _package.NAMES.items():
        NAMES[f"{_package.__name__.rpartition('.')[2]}.{_module}"] = _group

__getattr__, __dir__, __all__ = attach(__name__, NAMES)
