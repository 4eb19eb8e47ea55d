"""Graph, store and topology: the data."""
