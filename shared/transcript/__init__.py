"""Golden transcripts: terminal sessions kept as files, replayed against the tools and compared byte for byte.

`golden` parses and renders the files, `runner` replays one, `diff` shows what differs, `rewrite` brings a
file up to date and `record` makes a new one. Nothing here knows the operator's tool: whoever replays a
transcript passes in the callable that prepares its simulated cluster.
"""
