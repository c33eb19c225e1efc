"""Second act: folds are fitted, scored and stored, on this machine or on a cluster."""
