"""Who may do what over HTTP: origins, widget tokens, API keys, limits, and the gate that asks them all."""
