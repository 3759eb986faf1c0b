"""Public benchmarks: Dateline measured by other people's questions and definitions."""
