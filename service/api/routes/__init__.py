"""The routes, one module for each thing a caller can ask about."""
