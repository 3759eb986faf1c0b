"""Hostile files and requests: what they may do is fail, one at a time, with a reason."""
