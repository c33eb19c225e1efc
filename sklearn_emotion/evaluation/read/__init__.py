"""Third act: tables, statistics, figures and a report of finished folds."""
