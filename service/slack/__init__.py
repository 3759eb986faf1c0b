"""The Slack bot: questions from Slack go to the same services as every other question, and come back as Block Kit.

`bot` puts the parts together; `socket_mode` runs it without a public address, `http_events` behind the HTTP server.
What is shown is made by pure functions (`answer_blocks`, `summary_blocks`, `notices`, `quotations`).
"""
