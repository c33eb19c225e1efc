"""The loaders of open data sets store their arrays as the others do."""

import _copies
import numpy as np
import pytest

from sklearn_emotion.datasets import (
    list_cache,
    load_case,
    load_faced,
    load_seed_iv,
    load_seed_v,
    load_wesad,
)

LOADERS = {
    "case": (load_case, {"subjects": [1], "window": 0.5}),
    "faced": (load_faced, {"subjects": [0], "modalities": "features", "window": 5.0}),
    "seed_iv": (load_seed_iv, {"subjects": [1], "sessions": [1]}),
    "seed_v": (load_seed_v, {"subjects": [1], "modalities": "eye"}),
    "wesad": (load_wesad, {"subjects": [2], "modalities": "ecg", "window": 1.0}),
}


@pytest.mark.parametrize("name", LOADERS)
def test_a_stored_load_is_memory_mapped_and_the_same(tmp_path, name):
    folder, cache = tmp_path / "data", tmp_path / "cache"
    folder.mkdir()
    getattr(_copies, name)(folder)
    load, options = LOADERS[name]
    plain = load(folder, **options)
    for _ in range(2):
        stored = load(folder, **options, cache_dir=cache)
        assert list_cache(cache)["complete"].tolist() == [True]
        assert stored.metadata.equals(plain.metadata)
        for modality, array in plain.data.items():
            np.testing.assert_array_equal(stored.data[modality], array)
            base = stored.data[modality]
            while not isinstance(base, np.memmap) and base.base is not None:
                base = base.base
            assert isinstance(base, np.memmap)
