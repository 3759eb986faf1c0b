"""`dateline bench faults`: things that break machines, done to a real Dateline on purpose, and counted.

Each fault is a module with a class: processes are killed, disks filled, clocks turned and files damaged for real, with
the command that a user would run. What counts is told in `trials`: articles lost, answers that are wrong, and errors
that explain nothing.
"""
