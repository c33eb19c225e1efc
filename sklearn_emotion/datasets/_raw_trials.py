"""Trials of recordings of MNE: their events, joined to a table of ratings."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._clocks import onsets_of
from sklearn_emotion.datasets._home import listing

# Events of one description that are closer than this, in s, are one event.
_SAME = 0.05


def find_events(sessions, events, subject, duration):
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
    """Return the name of the trials of each marker."""
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


def check_events_table(events, people):
    """Check the columns of a table of events, and that its subjects are known."""
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
    """Return the place of the session and a dict of each event of a subject."""
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


def check_table(table):
    """Check that the rows of a table of ratings can be joined to trials."""
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


def join_ratings(subject, found, table):
    """Return the trials of a subject that have ratings, and what is left out.

    The first list has the place of the session, the event, and a dict of ratings of
    each trial. The second list has a text for each trial without ratings, and for each
    row of ratings without a trial. Without a table, all trials are in the first list.
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
