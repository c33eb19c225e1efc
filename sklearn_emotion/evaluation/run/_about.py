"""Facts about a stored comparison that its page shows and that identify nothing."""

import json

from sklearn_emotion.evaluation.run._store import write_atomically

_ABOUT = "about.json"


def write_about(folder, facts):
    """Write facts about the data of a new store by name."""
    write_atomically(folder / _ABOUT, json.dumps(facts, indent=1))


def read_about(folder):
    """Return the facts by name; empty if the store has none or they are damaged."""
    try:
        facts = json.loads((folder / _ABOUT).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(facts, dict):
        return {}
    return {name: fact for name, fact in facts.items() if isinstance(fact, str)}
