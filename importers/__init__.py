"""The doors in: one module per data source."""
