"""Answers are scored against hand-written gold question-and-answer pairs."""
