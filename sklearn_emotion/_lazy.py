"""Attributes that are imported when they are first asked for."""

import sys
from importlib import import_module


def attach(package, names):
    """Return the three module attributes that make a package lazy.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    names : dict of str to list of str
        Submodule, relative to the package, to the public names that it holds.

    Returns
    -------
    getattr, dir, all : tuple of (callable, callable, list of str)
        To be assigned to ``__getattr__``, ``__dir__`` and ``__all__``.
    """
    origin = {name: module for module, group in names.items() for name in group}
    public = sorted(origin)

    def __getattr__(name):
        if name not in origin:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{origin[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__():
        return public

    return __getattr__, __dir__, public
