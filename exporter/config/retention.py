"""How long the configuration wants facts and windows kept."""

from __future__ import annotations

from exporter.config.settings import Settings
from exporter.records import Kept


def kept_by(settings: Settings) -> Kept:
    """Return it; raw denials, and uses one by one, are kept as long as other facts where nothing is said of them."""
    facts, tiers = settings.facts, settings.tiers
    denials = facts.denials if "denials" in facts.model_fields_set else facts.keep
    uses = facts.uses if "uses" in facts.model_fields_set else facts.keep
    return Kept(facts.keep, denials, uses, tiers.live.keep, tiers.hourly.keep, tiers.longterm.keep)
