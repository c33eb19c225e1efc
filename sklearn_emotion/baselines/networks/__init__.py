"""Networks to compare with, and the layers that only they use."""
