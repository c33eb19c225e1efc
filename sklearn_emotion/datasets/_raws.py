"""Recordings of MNE with events and ratings, cut into windows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sklearn_emotion._names import baseline_name
from sklearn_emotion._validation import to_samples, warn_user
from sklearn_emotion.datasets._clocks import fit_clock
from sklearn_emotion.datasets._epochs import UNITS, warn_of_channels
from sklearn_emotion.datasets._fields import warn_of_signals
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._raw_trials import (
    check_events_table,
    check_table,
    find_events,
    join_ratings,
)
from sklearn_emotion.datasets._recordings import check_rate, to_float
from sklearn_emotion.datasets._trials import Trial, cut_trials
from sklearn_emotion.modalities import Modalities


def read_raws(
    raws,
    events,
    table,
    *,
    window,
    step,
    duration,
    baseline,
    modalities,
    sfreq,
    preprocess,
):
    """Return the fields of a data set from recordings.

    The parameters are described in :meth:`EmotionDataset.from_raws`.
    """
    window, step, duration, rest = map(to_float, (window, step, duration, baseline))
    wanted = _wanted_channels(modalities)
    people = _by_subject(raws)
    if isinstance(events, pd.DataFrame):
        check_events_table(events, people)
    if table is not None:
        check_table(table)
    parts = {"arrays": [], "columns": []}
    n_trials, n_planned, unmatched, first = 0, 0, [], None
    for subject, sessions in people.items():
        found = find_events(sessions, events, subject, duration)
        rows, missing = join_ratings(subject, found, table)
        unmatched += missing
        if not rows:
            continue
        trials = _with_columns(rows, subject, n_trials)
        n_trials += len(rows)
        signals = [
            _Signals(session, wanted, sfreq, preprocess, f"a recording of {subject!r}")
            for session in sessions
        ]
        layout = signals[0].layout
        first = first or layout
        for other in signals:
            other.check_same(first, subject)
        columns = list(trials[0][2])
        arrays, made = cut_trials(
            (_trial(signals[s], event, info, rest) for s, event, info in trials),
            rates=layout["sfreq"],
            shapes={name: (len(layout["ch_names"][name]),) for name in wanted},
            window=window if window is not None else _common_duration(trials),
            step=step,
            columns=columns,
            baseline="drop" if rest is None else "modality",
            rest=0.0 if rest is None else rest,
        )
        n_planned += _count_planned(made)
        made.pop("planned_windows")
        there = set(made["trial"].tolist())
        unmatched += [
            f"subject {subject}, number {info['number']}: no window without bad parts"
            for _, _, info in trials
            if info["trial"] not in there
        ]
        parts["arrays"].append(arrays)
        parts["columns"].append(pd.DataFrame(made))
    return _joined(parts, first, unmatched, n_planned, rest)


def _with_columns(rows, subject, first):
    """Return session, event and columns of the metadata of each trial of a subject.

    The trials are numbered from `first`.
    """
    return [
        (
            session,
            event,
            {
                "subject": subject,
                "trial": trial,
                "number": event["number"],
                "event": event["event"],
                "start": event["onset"],
                **row,
            },
        )
        for trial, (session, event, row) in enumerate(rows, first)
    ]


def _joined(parts, layout, unmatched, n_planned, rest):
    n_samples = sum(map(len, parts["columns"]))
    if not n_samples:
        raise ValueError(
            "No window was cut: there are no events, or every window contains a bad "
            "segment or ends after its recording."
        )
    notes = []
    if unmatched:
        notes.append(f"left out: {listing(unmatched)}")
    if n_planned > n_samples:
        notes.append(
            f"{n_planned - n_samples} of {n_planned} windows are left out, because "
            "they contain bad segments or gaps"
        )
    if notes:
        warn_user(f"{'; '.join(notes)}.")
    names = list(parts["arrays"][0])
    data = {n: np.concatenate([arrays[n] for arrays in parts["arrays"]]) for n in names}
    metadata = pd.concat(parts["columns"], ignore_index=True)
    warn_of_signals(
        "Recordings", data, metadata["subject"], layout["ch_names"], from_volts=True
    )
    rates, channels, units = layout["sfreq"], layout["ch_names"], layout["units"]
    if rest is not None:
        for name in list(rates):
            rates = {**rates, baseline_name(name): rates[name]}
            channels = {**channels, baseline_name(name): channels[name]}
            units = {**units, baseline_name(name): units[name]}
    return {
        "data": Modalities(**data),
        "metadata": metadata,
        "sfreq": rates,
        "ch_names": channels,
        "units": units,
        "missing": unmatched,
    }


def _count_planned(made):
    """Return the number of windows of all trials that have at least one."""
    planned = pd.DataFrame({k: made[k] for k in ("trial", "planned_windows")})
    return int(planned.drop_duplicates("trial")["planned_windows"].sum())


def _wanted_channels(modalities):
    """Return the channels of each modality as new to old name, or None for a type."""
    if isinstance(modalities, str):
        modalities = (modalities,)
    if not isinstance(modalities, Mapping):
        modalities = dict.fromkeys(modalities)
    if not modalities:
        raise ValueError("modalities must name at least one modality.")
    wanted = {}
    for name, picks in modalities.items():
        if picks is None and name not in UNITS:
            raise ValueError(
                f"modalities: {name!r} is not one of MNE's types {tuple(UNITS)}. Name "
                f"its channels, as in modalities={{{name!r}: ['channel']}}."
            )
        if picks is not None and not isinstance(picks, Mapping):
            picks = [picks] if isinstance(picks, str) else list(picks)
            picks = dict(zip(picks, picks))
        wanted[name] = picks
    return wanted


def _by_subject(raws):
    """Return the recordings of each subject, each as a dict of modality to Raw.

    The key None stands for all modalities.
    """
    if not isinstance(raws, Mapping):
        raise ValueError(
            "raws must be a dict of subject to recording, as in raws={'ann': raw}, got "
            f"{type(raws).__name__}."
        )
    people = {}
    for subject, given in raws.items():
        sessions = given if isinstance(given, list | tuple) else [given]
        parts = [s if isinstance(s, Mapping) else {None: s} for s in sessions]
        wrong = [
            r for part in parts for r in part.values() if not hasattr(r, "annotations")
        ]
        if wrong or not parts:
            got = type(wrong[0]).__name__ if wrong else "no recording"
            raise ValueError(
                f"Each recording must be a Raw of MNE, but subject {subject!r} has "
                f"{got}. Read files with mne.io.read_raw."
            )
        people[subject] = parts
    if not people:
        raise ValueError("raws contains no recording.")
    return people


class _Signals:
    """The modalities of a session, in the library's units."""

    def __init__(self, session, wanted, sfreq, preprocess, owner):
        raws, picks = {}, {}
        for name, channels in wanted.items():
            raw = session.get(name, session.get(None))
            if raw is None:
                raise ValueError(
                    f"A recording has the modalities {list(session)}, but {name!r} is "
                    "asked for."
                )
            raws[name] = raw
            picks[name] = _pick(raw, name, channels)
        rates = {
            name: float(_wanted_rate(sfreq, name) or raw.info["sfreq"])
            for name, raw in raws.items()
        }
        units = {name: _unit(raw, name, picks[name]) for name, raw in raws.items()}
        ch_names = {
            name: list(wanted[name] or [raw.ch_names[i] for i in picks[name]])
            for name, raw in raws.items()
        }
        prepare = Preprocess(preprocess, rates, ch_names, cache_dir=None)
        # Events are times of the first recording of the session.
        timed = next(iter(session.values()))
        fitted = {id(timed): (0.0, 1.0)}
        for name, raw in raws.items():
            if id(raw) not in fitted:
                fitted[id(raw)] = fit_clock(timed, raw, f"{name} of {owner}")
        self.clocks = {name: fitted[id(raw)] for name, raw in raws.items()}
        self.data = {}
        for name, raw in raws.items():
            part = raw.copy().pick(picks[name])
            if rates[name] != raw.info["sfreq"]:
                part.load_data(verbose="error").resample(rates[name], verbose="error")
            # MNE sorts picks by their place.
            order = [part.ch_names.index(raw.ch_names[i]) for i in picks[name]]
            values = part.get_data(reject_by_annotation="NaN", verbose="error")[order]
            _, factor = units[name]
            if name in prepare.steps:
                # Filters need the signal in bad segments, which are marked afterwards.
                signal = part.get_data(verbose="error")[order] * factor
                signal = prepare(name, signal, f"{name} of {owner}")
                values = np.where(np.isnan(values), np.nan, signal)
            else:
                values = values * factor
            self.data[name] = values.astype(np.float32)
        self.layout = {
            "sfreq": rates,
            "ch_names": ch_names,
            "units": {name: unit for name, (unit, _) in units.items()},
        }
        warn_of_channels(self.layout["ch_names"].get("eeg", []))

    def check_same(self, layout, subject):
        """Check that the session has the channels and rates of the first one."""
        for field, advice in (
            ("ch_names", "Name the channels of each modality, or use match_channels"),
            ("sfreq", "Pass sfreq to resample all recordings"),
        ):
            for name, first in layout[field].items():
                here = self.layout[field][name]
                if here != first:
                    raise ValueError(
                        f"All recordings must have the same {field} of {name!r}, but "
                        f"subject {subject!r} has {here} and the first one has "
                        f"{first}. {advice}."
                    )

    def between(self, start, stop):
        """Return the signals from one time to another, in s, and whether all exist."""
        out, is_inside = {}, True
        for name, values in self.data.items():
            rate = self.layout["sfreq"][name]
            offset, speed = self.clocks[name]
            first = round((offset + speed * start) * rate)
            n_times = _nearest(stop - start, rate)
            # With another speed, a sample is skipped or repeated from time to time.
            places = first + np.round(speed * np.arange(n_times)).astype(int)
            exist = (places >= 0) & (places < values.shape[1])
            is_inside &= bool(exist.all())
            out[name] = values[:, places[exist]]
        return out, is_inside

    @property
    def stop(self):
        """Time in s until which all modalities are there."""
        ends = []
        for name, values in self.data.items():
            offset, speed = self.clocks[name]
            length = values.shape[1] / self.layout["sfreq"][name]
            ends.append((length - offset) / speed)
        return min(ends)


def _nearest(seconds, rate):
    """Return the nearest number of samples.

    Events may last a fraction of a sample. Without the inner rounding, the difference
    of two times could be on either side of a half.
    """
    return round(round(seconds * rate, 6))


def _wanted_rate(sfreq, name):
    rate = sfreq.get(name) if isinstance(sfreq, Mapping) else sfreq
    if rate is not None:
        check_rate(rate)
    return rate


def _pick(raw, name, picks):
    """Return the places of the channels of a modality."""
    if picks is None:
        types = np.array(raw.get_channel_types())
        places = np.flatnonzero(types == name)
        if not len(places):
            raise ValueError(
                f"A recording has no channels of the type {name!r}; there are "
                f"{sorted(set(types.tolist()))}. Set them with raw.set_channel_types, "
                f"or name them, as in modalities={{{name!r}: ['channel']}}."
            )
        return places.tolist()
    absent = [old for old in picks.values() if old not in raw.ch_names]
    if absent:
        raise ValueError(
            f"A recording lacks the channels {absent} of {name!r}; it has "
            f"{listing(raw.ch_names, 40)}."
        )
    return [raw.ch_names.index(old) for old in picks.values()]


def _unit(raw, name, places):
    """Return the unit of a modality, and the factor from MNE's unit."""
    kinds = set(raw.get_channel_types(picks=places))
    kind = name if name in UNITS else next(iter(kinds)) if len(kinds) == 1 else None
    return UNITS.get(kind, ("as recorded", 1.0))


def _common_duration(trials):
    durations = {event["duration"] for _, event, _ in trials}
    if len(durations) > 1:
        raise ValueError(
            f"Trials last from {min(durations):g} to {max(durations):g} s. Pass "
            "window, the length of a sample in s, or duration."
        )
    return durations.pop()


def _trial(signals, event, info, rest):
    start, stop = event["onset"], event["onset"] + event["duration"]
    last = min(stop, max(signals.stop, start))
    cut, is_inside = signals.between(start, last)
    slowest = min(signals.layout["sfreq"].values())
    if not is_inside or stop - last > 1 / slowest:
        warn_user(
            f"Trial {info['number']} of subject {info['subject']!r} lasts from "
            f"{start:g} to {stop:g} s, but the recording does not, so only a part of "
            "the trial is used."
        )
    before = {}
    if rest is not None:
        rates = signals.layout["sfreq"]
        lengths = {n: to_samples(rest, rates[n], "baseline") for n in signals.data}
        before, is_inside = signals.between(start - rest, start)
        if not is_inside:
            # A trial without the rest before it has no sample.
            before = {
                n: np.full((len(x), lengths[n]), np.nan, np.float32)
                for n, x in before.items()
            }
    return Trial(cut, info, before, path=f"subject {info['subject']}")
