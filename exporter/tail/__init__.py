"""Which files, which stream and generation, whole lines with their position; polling is the truth, events are hints."""
