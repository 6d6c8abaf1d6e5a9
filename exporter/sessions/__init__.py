"""Pairs check-outs with check-ins, and follows resets, denial episodes and queues."""
