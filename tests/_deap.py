"""Writers of files in the layout of DEAP, under the names that the tests use."""

from sklearn_emotion.datasets.rehearsal._deap import ratings_table
from sklearn_emotion.datasets.rehearsal._files import python2_pickle

__all__ = ["python2_pickle", "ratings_table"]
