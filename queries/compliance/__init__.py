"""Requirements of the standard, judged by records, each with those that fail it (SEMANTICS 9)."""
