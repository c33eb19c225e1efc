"""scikit-learn's checks, and checks on the native input, for any estimator."""

from collections.abc import Mapping
from functools import partial, wraps
from unittest import SkipTest

import numpy as np
from sklearn.base import clone
from sklearn.utils import estimator_checks as sk

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import warn_user
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.utils._matrix_view import MatrixView
from sklearn_emotion.utils._native_checks import (
    CONTAINERS,
    NATIVE_CHECKS,
    check_output_container,
)

# Checks of scikit-learn that need no data, so they take the estimator itself.
_WITHOUT_DATA = {
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
}

_PARAMETERS = """
estimator : estimator
    Estimator that is not fitted. Give it few epochs and a `random_state`, because most
    checks fit it.

native : ndarray, Modalities, dict of str to ndarray, or callable
    Example of the input with at least 8 samples, or a function that makes an input of a
    matrix of numbers. See :class:`MatrixView`.

exclude : dict of str to str
    Names of checks that cannot apply, mapped to the reason.

poor_score : bool
    Whether the checks must not ask for a minimal score. See :class:`MatrixView`.
"""


@fill_doc(_PARAMETERS)
def estimator_checks_generator(estimator, native, *, exclude=None, poor_score=False):
    """Yield all checks of an estimator, as scikit-learn's function of this name does.

    Parameters
    ----------
    %(parameters)s

    Yields
    ------
    subject, check : tuple of (estimator, callable)
        ``check(subject)`` raises an error if the check fails. It raises
        :class:`unittest.SkipTest` if the check is excluded, or lacks a package.

    Raises
    ------
    ValueError
        If `exclude` names a check that does not exist for this estimator.

    See Also
    --------
    check_estimator : Runs the checks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DifferentialEntropy
    >>> from sklearn_emotion.utils import estimator_checks_generator
    >>> native = np.random.default_rng(0).normal(size=(8, 4, 128))
    >>> len(list(estimator_checks_generator(DifferentialEntropy(), native))) > 50
    True
    """
    exclude = exclude or {}
    unused = set(exclude)
    view = MatrixView(estimator, native, poor_score=poor_score)
    for subject, check in _all_checks(view):
        name = name_of(check)
        unused.discard(name)
        yield subject, _excluded(check, exclude[name]) if name in exclude else check
    if unused:
        raise ValueError(
            f"exclude names checks that {type(estimator).__name__} does not have: "
            f"{sorted(unused)}."
        )


@fill_doc(_PARAMETERS)
def check_estimator(
    estimator, native, *, exclude=None, poor_score=False, on_fail="raise"
):
    """Check an estimator whose input is not a matrix.

    All checks of :func:`sklearn.utils.estimator_checks.check_estimator` run on a
    :class:`MatrixView` of the estimator. Further checks use the native input: the
    output of a sample must not depend on its batch, NaN and empty axes must be named,
    each value of the output must have a name, and others.

    Read more in the developer guide, :ref:`for networks <add_a_network>` and
    :ref:`for transformers <add_a_transformer>`.

    Parameters
    ----------
    %(estimator)s

    %(native)s

    %(exclude)s

    %(poor_score)s

    on_fail : {"raise", "warn"} or None, default="raise"
        What to do when a check fails. With None, the results state the error.

    Returns
    -------
    results : list of dict
        One dict for each check, with ``check_name``, ``status`` ("passed", "failed",
        "skipped" or "excluded"), and ``reason``, which is the error or the reason of
        the exclusion.

    Raises
    ------
    Exception
        The error of the first check that fails, if ``on_fail="raise"``.

    See Also
    --------
    parametrize_with_checks : Makes one test of each check, for pytest.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import AverageReference
    >>> from sklearn_emotion.utils import check_estimator
    >>> native = np.random.default_rng(0).normal(size=(8, 4, 16))
    >>> results = check_estimator(AverageReference(), native)
    >>> {result["status"] for result in results} <= {"passed", "skipped"}
    True
    """
    if on_fail not in ("raise", "warn", None):
        raise ValueError(f"on_fail must be 'raise', 'warn' or None, got {on_fail!r}.")
    results = []
    for subject, check in estimator_checks_generator(
        estimator, native, exclude=exclude
    ):
        name, status, reason = name_of(check), "passed", None
        try:
            check(subject)
        except SkipTest as skipped:
            status = "excluded" if name in (exclude or {}) else "skipped"
            reason = str(skipped)
        except Exception as error:
            if on_fail == "raise":
                error.add_note(f"The check is {name} of {type(estimator).__name__}.")
                raise
            status, reason = "failed", error
            if on_fail == "warn":
                warn_user(f"{type(estimator).__name__} fails {name}: {error!r}")
        results.append({"check_name": name, "status": status, "reason": reason})
    return results


def parametrize_with_checks(cases):
    """Return a decorator of pytest that makes one test of each check.

    Parameters
    ----------
    cases : list of tuple
        For each estimator: the estimator, its native input, and optionally a dict with
        the arguments `exclude` and `poor_score` of :func:`check_estimator`.

    Returns
    -------
    decorator : pytest.MarkDecorator
        Decorator of a function with the arguments ``estimator`` and ``check``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import AverageReference
    >>> from sklearn_emotion.utils import parametrize_with_checks
    >>> @parametrize_with_checks([(AverageReference(), np.zeros((8, 4, 16)))])
    ... def test_my_estimators(estimator, check):
    ...     check(estimator)
    """
    import pytest

    parameters = []
    for estimator, native, *rest in cases:
        title = type(estimator).__name__
        options = rest[0] if rest else {}
        for subject, check in estimator_checks_generator(estimator, native, **options):
            name = f"{title}-{name_of(check, with_arguments=True)}"
            parameters.append(pytest.param(subject, check, id=name))
    return pytest.mark.parametrize(("estimator", "check"), parameters)


def name_of(check, *, with_arguments=False):
    """Return the name of a check, and if asked for also its keyword arguments."""
    arguments = {}
    while isinstance(check, partial):
        arguments = check.keywords | arguments
        check = check.func
    shown = ",".join(f"{key}={value}" for key, value in arguments.items())
    return f"{check.__name__}({shown})" if with_arguments and shown else check.__name__


def _all_checks(view):
    estimator, native = view.estimator, view.native
    for _, check in sk.estimator_checks_generator(view):
        yield estimator if name_of(check) in _WITHOUT_DATA else view, check
    title = type(estimator).__name__
    yield estimator, partial(sk.check_param_validation, title)
    yield view, partial(sk.check_inplace_ensure_writeable, title)
    for check in NATIVE_CHECKS:
        yield estimator, _on_native(check, native)
    for container in CONTAINERS:
        check = _on_native(check_output_container, native)
        yield estimator, partial(check, container=container)


def _on_native(check, native):
    @wraps(check)
    def checked(estimator, **arguments):
        X = native
        if callable(native):
            X = native(np.random.default_rng(0).normal(size=(8, 4)))
        if isinstance(X, Mapping):
            X = Modalities(**X)
        check(clone(estimator), X, **arguments)

    return checked


def _excluded(check, reason):
    @wraps(check.func if isinstance(check, partial) else check)
    def skipped(subject):
        raise SkipTest(reason)

    return skipped
