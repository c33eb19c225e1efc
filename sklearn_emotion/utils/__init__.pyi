from ._estimator_checks import (
    check_estimator as check_estimator,
    estimator_checks_generator as estimator_checks_generator,
    parametrize_with_checks as parametrize_with_checks,
)
from ._matrix_view import MatrixView as MatrixView
