"""Tcl expect scripts."""
