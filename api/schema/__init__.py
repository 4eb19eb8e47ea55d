"""The schema: types and root fields by what they are about; `root.py` puts them together."""
