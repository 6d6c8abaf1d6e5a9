"""Shows the last committed state to other systems; Prometheus for now."""
