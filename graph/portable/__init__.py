"""The register in one file, to be asked without it: written once, checked as a whole when it is read.

`container` holds named sections and their digest, `arrays` the estate, `lines` every CI with its relationships,
`written` makes the file, `opened` reads it. A file may come from anybody: it is data, never code, all that is read from
it is bounded, and no array reaches a compiled loop before it was checked.
"""
