"""Manifests of Kubernetes and Compose files become proposed changes: what applying them would do to which CI.

`world` reads files as an import reads them, `stored` says what the register holds of the same, `differing` holds the
two against each other, `proposing` makes the document, with edits where the register holds what they are of.
"""
