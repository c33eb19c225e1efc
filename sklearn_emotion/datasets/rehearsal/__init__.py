"""Writers of generated recordings in the layouts of published data sets."""
