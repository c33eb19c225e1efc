"""Recordings of MNE with events and ratings, cut into windows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sklearn_emotion._names import baseline_name
from sklearn_emotion._validation import to_samples, warn_user
from sklearn_emotion.datasets._clocks import fit_clock, onsets_of
from sklearn_emotion.datasets._epochs import UNITS, warn_of_channels
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import check_rate, to_float
from sklearn_emotion.datasets._trials import Trial, cut_trials
from sklearn_emotion.modalities import Modalities

# Events of one description that are closer than this, in s, are one event.
_SAME = 0.05


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
        _check_events_table(events, people)
    if table is not None:
        _check_table(table)
    parts = {"arrays": [], "columns": []}
    numbers, unmatched, first, n_planned = 0, [], None, 0
    for subject, sessions in people.items():
        found = _find_events(sessions, events, subject, duration)
        rows, missing = _ratings_of(subject, found, table)
        unmatched += missing
        trials = []
        for number, (session, event, row) in enumerate(rows):
            info = {
                "subject": subject,
                "trial": numbers + number,
                "number": event["number"],
                "event": event["event"],
                "start": event["onset"],
                **row,
            }
            trials.append((session, event, info))
        numbers += len(rows)
        if not trials:
            continue
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
    rates, channels, units = layout["sfreq"], layout["ch_names"], layout["units"]
    if rest is not None:
        for name in list(rates):
            rates = {**rates, baseline_name(name): rates[name]}
            channels = {**channels, baseline_name(name): channels[name]}
            units = {**units, baseline_name(name): units[name]}
    return {
        "data": Modalities(**data),
        "metadata": pd.concat(parts["columns"], ignore_index=True),
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


def _find_events(sessions, events, subject, duration):
    """Return the events of a subject in the order of sessions and times.

    Each event is a pair of the place of its session and a dict with ``event``,
    ``onset`` and ``duration`` in s, ``number`` and further columns.
    """
    if isinstance(events, pd.DataFrame):
        found = _events_of_table(events, subject, len(sessions))
    else:
        found = [
            (place, {"event": name, "onset": onset, "duration": seconds})
            for place, session in enumerate(sessions)
            for name, onset, seconds in _events_of_markers(session, events, subject)
        ]
    for place, event in found:
        if duration is not None:
            event["duration"] = duration
        event["session"] = place
    for number, (_, event) in enumerate(found, 1):
        event.setdefault("number", number)
    without = [(place, event) for place, event in found if not event["duration"] > 0]
    if without:
        place, first = without[0]
        raise ValueError(
            f"{len(without)} events of subject {subject!r} have no duration, the first "
            f"at {first['onset']:g} s{_file_of(sessions[place])}. Pass duration, the "
            "length of a trial in s."
        )
    return found


def _file_of(session):
    """Return the file of the first recording of a session as a text, if it has one."""
    raw = next(iter(session.values()))
    names = [str(name) for name in getattr(raw, "filenames", ()) if name]
    return f" in {names[0]}" if names else ""


def _events_of_markers(session, events, subject):
    """Return name, onset in s and duration of the annotations that are asked for."""
    raw = next(iter(session.values()))
    names = _named_markers(events)
    found = []
    for start, seconds, text in zip(
        onsets_of(raw), raw.annotations.duration, raw.annotations.description
    ):
        text = str(text)
        if text in names:
            found.append((names[text], float(start), float(seconds)))
    if not found:
        known = sorted(set(map(str, raw.annotations.description)))
        raise ValueError(
            f"A recording of subject {subject!r}{_file_of(session)} has none of the "
            f"markers {list(names)}; its annotations are {listing(known, 20)}. "
            "Channels of triggers become annotations by mne.find_events and "
            "mne.annotations_from_events."
        )
    found.sort(key=lambda event: event[1])
    kept, n_doubled = [], 0
    for event in found:
        if kept and event[0] == kept[-1][0] and event[1] - kept[-1][1] < _SAME:
            n_doubled += 1
        else:
            kept.append(event)
    if n_doubled:
        warn_user(
            f"{n_doubled} markers are less than {_SAME:g} s after the same marker, and "
            "are counted once."
        )
    return kept


def _named_markers(events):
    if isinstance(events, str):
        events = [events]
    if isinstance(events, Mapping):
        return {str(marker): name for marker, name in events.items()}
    if isinstance(events, list | tuple) and events:
        return {str(marker): str(marker) for marker in events}
    raise ValueError(
        "events must be the marker of a trial, a list or dict of markers, or a "
        f"DataFrame with the columns 'subject' and 'onset', got {events!r}."
    )


def _check_events_table(events, people):
    absent = [name for name in ("subject", "onset") if name not in events]
    if absent:
        raise ValueError(
            f"events must have the columns 'subject' and 'onset', got "
            f"{list(events.columns)}."
        )
    taken = {"trial", "window", "start"} & set(events.columns)
    if taken:
        raise ValueError(
            f"events has the columns {sorted(taken)}, which are made from it. Rename "
            "them, for example 'trial' to 'number'."
        )
    onset = events["onset"]
    if onset.dtype.kind not in "iuf" or not np.isfinite(onset).all():
        raise ValueError("The column 'onset' of events must have finite numbers, in s.")
    strangers = [s for s in events["subject"].unique() if s not in people]
    if strangers:
        raise ValueError(
            f"events names the subjects {listing(list(map(str, strangers)))}, who have "
            f"no recording; raws has {listing(list(map(str, people)))}."
        )


def _events_of_table(events, subject, n_sessions):
    rows = events[events["subject"] == subject].sort_values("onset", kind="stable")
    if "session" in rows:
        rows = rows.sort_values("session", kind="stable")
        known = rows["session"].isin(range(n_sessions)).all()
        if not known:
            raise ValueError(
                f"The column 'session' of events must be from 0 to {n_sessions - 1} "
                f"for subject {subject!r}."
            )
    elif n_sessions > 1:
        raise ValueError(
            f"Subject {subject!r} has {n_sessions} recordings, so events needs a "
            "column 'session', numbered from 0."
        )
    found = []
    for row in rows.drop(columns="subject").to_dict("records"):
        event = {"event": "", "duration": np.nan, **row}
        found.append((int(row.get("session", 0)), event))
    return found


def _check_table(table):
    if not isinstance(table, pd.DataFrame) or "subject" not in table:
        raise ValueError(
            "table must be a DataFrame with a column 'subject' and, if the markers do "
            "not identify the trials, 'number' (1 for the first trial of a subject)."
        )
    taken = {"trial", "window", "start", "onset"} & set(table.columns)
    if taken:
        raise ValueError(f"Rename the columns {sorted(taken)} of table.")
    if not {"number", "event"} & set(table.columns):
        raise ValueError(
            "table must have the column 'number' (1 for the first trial of a subject) "
            "or 'event' (the marker of the trial), so that its rows can be joined to "
            f"the trials; got {list(table.columns)}."
        )


def _ratings_of(subject, found, table):
    """Return session, event and ratings of the trials that have both, and the rest.

    The rest is a list of texts: trials without ratings, and ratings without a trial.
    """
    made = {"event", "onset", "duration", "number"}
    if table is None:
        rows = [
            (place, event, {k: v for k, v in event.items() if k not in made})
            for place, event in found
        ]
        return rows, []
    rows = table[table["subject"] == subject].drop(columns="subject")
    keys = [name for name in ("number", "event") if name in rows]
    if rows.duplicated(keys).any():
        twice = rows[rows.duplicated(keys)][keys].iloc[0].to_dict()
        raise ValueError(f"table has two rows of subject {subject!r} with {twice}.")
    if "number" not in keys:
        names = pd.Series([event["event"] for _, event in found])
        twice = names[names.duplicated()]
        if len(twice):
            raise ValueError(
                f"Subject {subject!r} has the marker {twice.iloc[0]!r} several times, "
                "so table needs the column 'number' to tell them apart."
            )
    elif "event" not in keys and len(rows) != len(found):
        raise ValueError(
            f"Subject {subject!r} has {len(found)} trials in the recordings, but "
            f"{len(rows)} rows in table, so the rows cannot be joined by their number. "
            "Add the column 'event' to table, or remove the extra trials or rows."
        )
    by_key = {tuple(row[k] for k in keys): row for row in rows.to_dict("records")}
    out, missing = [], []
    for place, event in found:
        key = tuple(event[k] for k in keys)
        row = by_key.pop(key, None)
        shown = ", ".join(f"{k} {v}" for k, v in zip(keys, key))
        if row is None:
            missing.append(f"subject {subject}, {shown}: no row in table")
            continue
        more = {k: v for k, v in event.items() if k not in made}
        out.append(
            (place, event, {**more, **{k: v for k, v in row.items() if k not in keys}})
        )
    for key in by_key:
        shown = ", ".join(f"{k} {v}" for k, v in zip(keys, key))
        missing.append(f"subject {subject}, {shown}: no trial in the recordings")
    return out, missing


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
