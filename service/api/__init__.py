"""The HTTP API: routes, their schemas, problem documents, event streams and the readable source pages."""
