"""Commands that the evaluation adds to `dateline` (entry points of the group `dateline.commands`).

Importing one of these modules loads Typer and nothing else: `dateline --help` reads their help lines.
"""
