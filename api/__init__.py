"""The doors out: command line, HTTP, GraphQL."""
