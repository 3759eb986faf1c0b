"""Dateline beside other systems: each is installed in an environment of its own and driven in a process of its own.

`worker.py` and the modules it loads (`dateline_search`, `llama_index_chroma`, `haiku_rag`, `txtai_hybrid`) run inside
those environments, where Dateline is not installed: they import nothing of it at the top, nor one another.
`contestants`, `environments` and `process` run here.
"""
