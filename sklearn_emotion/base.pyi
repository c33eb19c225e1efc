from ._base import (
    LeakageWarning as LeakageWarning,
    SignalTransformer as SignalTransformer,
    TargetAccessTags as TargetAccessTags,
)
from .networks._classifier import NetClassifier as NetClassifier
from .networks._data import Input as Input
from .networks._regressor import NetRegressor as NetRegressor
