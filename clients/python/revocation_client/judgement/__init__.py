"""The rules that decide which tokens are still good: pure functions of values, without input, output or clock.

The server and this client judge with these very modules, so that the two cannot disagree.
"""
