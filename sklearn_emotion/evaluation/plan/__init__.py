"""First act: what is compared, and on which splits. Nothing is fitted or written."""
