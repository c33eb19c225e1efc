"""Order of the sections of the gallery, and of the examples in each section."""

from pathlib import Path

# Names of the examples, without "plot_", by section.
EXAMPLES = {
    "own_data": [
        *("quickstart", "own_recordings", "own_network", "missing_modality"),
        "save_and_export",
    ],
    "features": [
        *("scalp_power", "frontal_alpha_asymmetry", "connectivity_over_time"),
        *("heart_rate_variability", "pulse_feet", "remote_pulse"),
        *("skin_conductance", "respiration", "blinks"),
    ],
    "systems": [
        *("three_fac_rnn", "deep_vanet", "stfe_net", "hierarchical_lstm"),
        "modality_attention",
    ],
    "evaluation": [
        *("leakage_story", "dummy_scores", "significance", "alignment"),
        *("next_person", "ratings"),
    ],
    "scale": ["hoisting", "grid_search", "store"],
}


def place_of(filename):
    """Return the place of an example in its section, given the name of its file."""
    name = Path(filename).stem.removeprefix("plot_")
    return next(names.index(name) for names in EXAMPLES.values() if name in names)
