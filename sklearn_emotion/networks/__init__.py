"""The frame of the networks: scikit-learn estimators that own a skorch net."""
