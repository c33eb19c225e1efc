"""Run the command by ``python -m sklearn_emotion.cli``."""

import sys

from sklearn_emotion.cli._main import main

if __name__ == "__main__":
    sys.exit(main())
