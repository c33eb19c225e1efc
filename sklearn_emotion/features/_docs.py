"""Texts of parameters that several transformers of signals and frames share."""

SIGNALS = """
X : array of shape (n_samples, n_channels, n_times)
    Signals in any unit u: a NumPy array, a memory map, or a tensor of another library
    that follows the array API standard.

window : float or None
    Length of each window in seconds. An incomplete final window is dropped. If None,
    the whole sample is one window.

order : int
    Order of the Butterworth filter, which is applied forwards and backwards.

ch_names : str or sequence of str
    Names of the channels in the order of the data. ``"auto"`` reads them from the data
    (see `SignalArray`), and arrays that do not know them have the channels of
    ``"deap32"``. Otherwise, the name of a montage, which stands for an order of
    channels (``"deap32"``, ``"biosemi32"``, ``"emotiv14"``, ``"seed62"`` or
    ``"eegmat19"``), or the names, such as MNE's ``raw.ch_names``. Names may be written
    as in EDF files: ``"EEG T3-REF"`` is read as ``"T7"``.
"""

CHANNEL_NAMES = """
input_features : sequence of str
    Names of the channels, or of all values of an input sample, such as the previous
    step of a pipeline returns. The default names are ``"ch0"``, ``"ch1"``, and so on.
"""

FRAMES = """
window : float or None
    Length in seconds of the windows over which the features are averaged. An
    incomplete final window is dropped. If None, the features of each frame are
    returned.
"""
