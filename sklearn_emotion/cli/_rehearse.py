"""The command `rehearse`."""

from sklearn_emotion.cli._options import add_random_state, positive


def add_rehearse(commands):
    """Add the command `rehearse`."""
    text = (
        "Write generated recordings in the layout of a published data set, so that a "
        "study can be run before the data set is at hand. The folder states that its "
        "recordings are generated."
    )
    parser = commands.add_parser("rehearse", help="generate files", description=text)
    parser.set_defaults(run=_rehearse)
    add = parser.add_argument
    add("dataset", choices=["deap", "mahnob-hci", "amigos", "afew-va"])
    add("folder", metavar="DIR", help="new or empty folder to write")
    add("--subjects", type=positive, default=3, metavar="N", help="default: 3")
    add("--trials", type=positive, default=6, metavar="N", help="default: 6")
    add(
        "--effect",
        choices=["none", "small", "medium", "large"],
        default="medium",
        help="size of the planted effects (default: medium)",
    )
    add("--faces", action="store_true", help="also write face videos")
    add("--openface", action="store_true", help="also write tables of OpenFace")
    add_random_state(add)
    add(
        "--n-jobs",
        type=positive,
        metavar="N",
        help="number of subjects at the same time (default: the number of CPU cores)",
    )


def _rehearse(options, arguments):
    from joblib import cpu_count

    from sklearn_emotion.datasets import write_rehearsal

    folder = write_rehearsal(
        options.dataset,
        options.folder,
        n_subjects=options.subjects,
        n_trials=options.trials,
        effect=options.effect,
        faces=options.faces,
        openface=options.openface,
        n_jobs=options.n_jobs or cpu_count(),
        verbose=1,
        random_state=options.random_state,
    )
    print(f"{folder} contains generated recordings.")
    return 0
