"""A run for people and for machines: the console, Markdown, JUnit XML and one self-contained page.

Each module renders the same run, verdict and comparison (`eval.runs`, `eval.gate`, `eval.comparison`); JSON is the run
itself. What may be shown of them is in `eval.reports.disclosure`, the table of figures in `eval.reports.figure_rows`.
"""
