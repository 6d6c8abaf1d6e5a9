"""
The colours of the boards: those of Okabe and Ito, which people tell apart who don't see red or green.

Source: M. Okabe, K. Ito, Color Universal Design (2008), https://jfly.uni-koeln.de/color/. Black is left out: it can't
be seen on Grafana's dark ground.
"""

from __future__ import annotations

BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, VERMILION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"
GREY = "#999999"
"""For what is not known, and what is shown for comparison only; no colour of theirs."""

IN_USE, ISSUED, PEAK, RESERVED, QUEUED, USERS = BLUE, GREY, SKY, YELLOW, PURPLE, GREEN
"""What is drawn on several boards has the same colour on all of them."""
WELL, WARNING, CRITICAL = GREEN, ORANGE, VERMILION

ORDER = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, GREY)
"""In which order the series of a panel get theirs: neighbours are as unlike as can be."""
