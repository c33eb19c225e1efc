"""Multi-modal emotion recognition from physiological signals and faces.

Importing the package imports neither torch nor MNE: every public name, listed in
``__init__.pyi``, is looked up in its subpackage when it is first used.
"""

import lazy_loader

__version__ = "0.1.0.dev0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
