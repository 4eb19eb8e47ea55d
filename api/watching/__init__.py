"""The standing watch: whoever waits for a coming change hears when what happens elsewhere alters its verdict."""
