"""The chat widget: hand-written scripts and a style sheet, which the server joins into `/widget.js`."""
