"""What breaks for real: primaries that die, freeze and are replaced. Every test of a loss has a control arm that loses."""
