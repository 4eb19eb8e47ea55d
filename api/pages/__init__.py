"""The web pages: one shell, modules and styles as they stand in `static/`, questions in `queries/`."""
