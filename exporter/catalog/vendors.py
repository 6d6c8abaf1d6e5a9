"""Vendors of the formats whose lines name none (design rule 2: the product key)."""

WTMP = "wtmp"
