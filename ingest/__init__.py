"""Files become articles, chunks and vectors: everything that happens before a question is asked."""
