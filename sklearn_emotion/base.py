"""Base classes for extensions of the library.

Derive a transformer of your own from `SignalTransformer`, and a network of your own
from `NetClassifier` or `NetRegressor`. Read more in the developer guide.
"""

import lazy_loader

# Looked up in the package itself, which base.pyi is relative to.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__package__, __file__)
