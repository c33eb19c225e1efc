"""Selected frames that stay on disk until they are used.

The faces of a data set are often larger than the memory. A cache folder keeps them on
disk, and a memory map reads them. Selecting samples of a memory map copies them, so
cross-validation would copy the faces of each training side. `Modalities` therefore
keeps selected frames as `UnreadFrames`, from which networks read one batch at a time.
Other code does not notice, because ``X["face"]`` reads the frames.
"""

import numpy as np


class UnreadFrames:
    """Some samples of a read-only array of frames.

    A slice or an array of positions selects samples without reading them.
    ``np.asarray`` reads the samples.

    Parameters
    ----------
    array : ndarray of shape (n, ...)
        Read-only array, which is usually a memory map.
    rows : ndarray of int of shape (n_samples,)
        Positions of the samples.
    """

    def __init__(self, array, rows):
        self.array = array
        self.rows = rows

    @property
    def shape(self):
        return (len(self.rows), *self.array.shape[1:])

    @property
    def ndim(self):
        return self.array.ndim

    @property
    def dtype(self):
        return self.array.dtype

    @property
    def nbytes(self):
        return len(self.rows) * self.array[:1].nbytes

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        rows = self.rows[key]
        return UnreadFrames(self.array, rows) if np.ndim(rows) else self.array[rows]

    def read(self):
        """Return the samples as an array, which knows its rate if `array` does."""
        return self.array[self.rows]

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("Selected frames cannot be read without a copy.")
        return np.asarray(self.read(), dtype)

    def __reduce__(self):
        # A pickle contains the selected samples only, as an ordinary array.
        return np.asanyarray, (self.read(),)


def select_samples(array, key):
    """Return samples of an array. Frames that cannot change are not read yet."""
    is_fixed = isinstance(array, np.ndarray) and not array.flags.writeable
    is_frames = is_fixed and array.dtype == np.uint8 and array.ndim > 3
    if isinstance(key, slice) or not is_frames:
        return array[key]
    return UnreadFrames(array, np.arange(len(array))[key])


def stored(X):
    """Return the entries of a mapping in which frames may be unread."""
    return dict(dict.items(X)) if isinstance(X, dict) else X
