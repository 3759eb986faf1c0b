"""The commands of `dateline`, a module for each kind of work."""
