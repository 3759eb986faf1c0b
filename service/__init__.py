"""Questions become verified answers, over HTTP, in the terminal and in the widget."""
