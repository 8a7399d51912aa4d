"""Token revocation and session service: see README.md in this folder for a map of the code."""
