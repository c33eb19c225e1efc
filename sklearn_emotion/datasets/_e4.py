"""What the wristband Empatica E4 records: its sensors, and a recording of them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import check_members, to_float
from sklearn_emotion.datasets._trials import Trial, cut_trials, find_runs
from sklearn_emotion.modalities import Modalities

# File, rate in Hz, channels and unit of each sensor.
SENSORS = {
    "acceleration": ("ACC.csv", 32.0, ("x", "y", "z"), "g"),
    "bvp": ("BVP.csv", 64.0, ("BVP",), "a.u."),
    "eda": ("EDA.csv", 4.0, ("EDA",), "µS"),
    "temperature": ("TEMP.csv", 4.0, ("TEMP",), "°C"),
    "hr": ("HR.csv", 1.0, ("HR",), "1/min"),
}
RATES = {name: rate for name, (_, rate, _, _) in SENSORS.items()}
CH_NAMES = {name: channels for name, (_, _, channels, _) in SENSORS.items()}
UNITS = {name: unit for name, (*_, unit) in SENSORS.items()}


@dataclass(frozen=True)
class E4Recording:
    """Signals, beats and button presses of a wristband, on one clock.

    :func:`read_e4` returns this object.

    Read more in the :ref:`User Guide <own_e4>`.

    Parameters
    ----------
    signals : dict of str to ndarray of shape (n_channels, n_times)
        Acceleration in g (three channels), ``"bvp"`` (blood volume pulse, without a
        unit), ``"eda"`` in µS, ``"temperature"`` in °C and ``"hr"`` in beats per
        minute, as float32. Gaps between sessions are NaN.
    sfreq : dict of str to float
        Sampling rate of each signal in Hz.
    starts : dict of str to float
        Unix time of the first value of each signal, in s.
    beats : pandas.DataFrame
        Intervals that the wristband has found: ``time`` is the Unix time of the beat
        that ends the interval, and ``interval`` is its duration in s. Intervals are
        missing while the wrist moves.
    tags : ndarray of shape (n_tags,)
        Unix times at which the button was pressed.
    gaps : list of (float, float)
        Start and end of each gap between sessions, as Unix times.
    problems : list of str
        Sensors without contact, and other things to check.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn_emotion.datasets import E4Recording
    >>> recording = E4Recording(
    ...     signals={"eda": np.zeros((1, 40)), "bvp": np.zeros((1, 640))},
    ...     sfreq={"eda": 4.0, "bvp": 64.0},
    ...     starts={"eda": 100.0, "bvp": 101.0},
    ...     beats=pd.DataFrame({"time": [], "interval": []}),
    ...     tags=np.array([104.0]),
    ... )
    >>> recording.start, recording.stop
    (101.0, 110.0)
    """

    signals: dict
    sfreq: dict
    starts: dict
    beats: pd.DataFrame
    tags: np.ndarray
    gaps: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    @property
    def start(self):
        """Unix time in s from which all signals are there."""
        return max(self.starts.values())

    @property
    def stop(self):
        """Unix time in s until which all signals are there."""
        return min(
            self.starts[name] + signal.shape[1] / self.sfreq[name]
            for name, signal in self.signals.items()
        )

    def between(self, start, stop):
        """Return the signals between two times.

        Parameters
        ----------
        start, stop : float
            Unix times in s. They must lie in the recording of all signals.

        Returns
        -------
        signals : dict of str to ndarray of shape (n_channels, n_times)
            Parts of the signals, without copies.
        """
        if not self.start <= start < stop <= self.stop:
            raise ValueError(
                f"The signals last from {self.start:.0f} to {self.stop:.0f} s (Unix "
                f"time), but {start:.0f} to {stop:.0f} s are asked for."
            )
        out = {}
        for name, signal in self.signals.items():
            rate = self.sfreq[name]
            first = round((start - self.starts[name]) * rate)
            out[name] = signal[:, first : first + to_samples(stop - start, rate)]
        return out

    def to_raw(self, name):
        """Return one signal as a recording of MNE.

        Parameters
        ----------
        name : {"acceleration", "bvp", "eda", "temperature", "hr"}
            Name of the signal.

        Returns
        -------
        raw : mne.io.RawArray
            The signal. Skin conductance is in S, and temperature is of the type
            ``"temperature"``, in °C. The other signals have no type in MNE. They are of
            the type ``"misc"``, in their own unit. Button presses are annotations with
            the description ``"tag"``, and gaps are annotated as ``"BAD_gap"``.
        """
        import mne

        if name not in self.signals:
            raise ValueError(f"name must be one of {list(self.signals)}, got {name!r}.")
        kinds = {"eda": "gsr", "temperature": "temperature"}
        info = mne.create_info(
            list(CH_NAMES[name]), self.sfreq[name], kinds.get(name, "misc")
        )
        scale = 1e-6 if name == "eda" else 1.0
        data = np.nan_to_num(self.signals[name].astype(float)) * scale
        raw = mne.io.RawArray(data, info, verbose="error")
        start = self.starts[name]
        inside = self.tags[(self.tags >= start) & (self.tags <= start + raw.duration)]
        onsets = [*(inside - start), *(first - start for first, _ in self.gaps)]
        lengths = [0.0] * len(inside) + [last - first for first, last in self.gaps]
        texts = ["tag"] * len(inside) + ["BAD_gap"] * len(self.gaps)
        raw.set_meas_date(start)
        raw.set_annotations(
            mne.Annotations(onsets, lengths, texts, raw.info["meas_date"])
        )
        return raw

    def to_dataset(
        self,
        periods,
        subject,
        *,
        modalities=("bvp", "eda", "temperature"),
        window=60.0,
        step=None,
        preprocess=None,
    ):
        """Cut periods of the recording into windows.

        Parameters
        ----------
        periods : pandas.DataFrame
            One row per period, with ``start`` and ``stop`` as Unix times in s. The
            other columns, such as a label, are repeated for each window.
        subject : int or str
            The person who wore the wristband. Data sets of several people are joined by
            :meth:`EmotionDataset.concat`.
        modalities : sequence of str, default=("bvp", "eda", "temperature")
            Names of the signals to cut.
        window : float, default=60.0
            Length of each window of a period in s.
        step : float, default=None
            Distance between the starts of two windows in s. If None, `window`.
        preprocess : transformer or dict of str to transformer, default=None
            Transformer that is applied to each whole session before it is cut, in the
            shape (1, n_channels, n_times), such as a filter. It is cloned and fitted on
            each signal of each session alone, and must keep the shape. A dict selects
            modalities; otherwise, it is applied to all.

        Returns
        -------
        dataset : EmotionDataset
            Windows without NaN. An incomplete final window of a period is dropped.
            ``metadata`` has ``subject``, ``trial`` (the row of `periods`, from 0), the
            other columns of `periods`, ``start`` (of the period), ``window`` and
            ``onset`` (in the period, in s).

        Raises
        ------
        ValueError
            If a period ends before it starts or lies outside the recording, if no
            window is left, or if a transformer of `preprocess` is for another rate.
        """
        names = check_members(modalities, self.signals, "modalities")
        absent = [name for name in ("start", "stop") if name not in periods]
        if absent:
            raise ValueError(
                f"periods must have the columns 'start' and 'stop', got "
                f"{list(periods.columns)}."
            )
        taken = {"subject", "trial", "window", "onset"} & set(periods.columns)
        if taken:
            raise ValueError(f"Rename the columns {sorted(taken)} of periods.")
        rates = {name: self.sfreq[name] for name in names}
        prepare = Preprocess(preprocess, rates, CH_NAMES, cache_dir=None)
        chosen = E4Recording(
            {name: _prepared(prepare, name, self.signals[name]) for name in names},
            rates,
            {name: self.starts[name] for name in names},
            self.beats,
            self.tags,
        )
        columns = [name for name in periods.columns if name != "stop"]
        trials = (
            Trial(
                chosen.between(row["start"], row["stop"]),
                {"subject": subject, "trial": number, **row},
                path="periods",
            )
            for number, row in enumerate(periods.to_dict("records"))
        )
        arrays, table = cut_trials(
            trials,
            rates=chosen.sfreq,
            shapes={name: (len(CH_NAMES[name]),) for name in names},
            window=to_float(window),
            step=to_float(step),
            columns=["subject", "trial", *columns],
        )
        table.pop("planned_windows")
        if not len(table["trial"]):
            raise ValueError(
                f"No window of {window:g} s without NaN fits into the periods."
            )
        return EmotionDataset(
            data=Modalities(**arrays),
            metadata=pd.DataFrame(table),
            sfreq=chosen.sfreq,
            ch_names={name: list(CH_NAMES[name]) for name in names},
            units={name: UNITS[name] for name in names},
            DESCR="Recording of an Empatica E4.",
        )

    def __repr__(self):
        minutes = (self.stop - self.start) / 60
        return (
            f"{type(self).__name__}({', '.join(self.signals)}; {minutes:.1f} min, "
            f"{len(self.tags)} tags)"
        )


def _prepared(prepare, name, signal):
    """Return a signal after `prepare` has seen each session of it alone."""
    if name not in prepare.steps:
        return signal
    out = np.full(signal.shape, np.nan, np.float32)
    is_recorded = np.isfinite(signal).all(axis=0)
    for first, last in find_runs(is_recorded):
        if is_recorded[first]:
            out[:, first:last] = prepare(name, signal[:, first:last], name)
    return out
