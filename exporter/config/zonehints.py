"""
What the zone texts of log lines (``EST``, ``Romance Daylight Time``, ``-05``) may mean as IANA time zones.

Windows writes the display name of its zone in the language of the machine. Only zones with the same clock all year are
candidates of one text; the user chooses among them.
"""

from __future__ import annotations

import re

_BY_TEXT = {
    "UTC": "UTC",
    "GMT": "Europe/London UTC",
    "BST": "Europe/London",
    "WET": "Europe/Lisbon",
    "CET": "Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome",
    "EET": "Europe/Helsinki Europe/Athens Europe/Bucharest",
    "MSK": "Europe/Moscow",
    "EST": "America/New_York America/Toronto",
    "CST": "America/Chicago Asia/Shanghai",
    "MST": "America/Denver America/Phoenix",
    "PST": "America/Los_Angeles America/Vancouver",
    "IST": "Asia/Kolkata",
    "KST": "Asia/Seoul",
    "JST": "Asia/Tokyo",
    "AEST": "Australia/Sydney Australia/Brisbane",
    "NZST": "Pacific/Auckland",
    "Romance": "Europe/Paris Europe/Madrid Europe/Brussels Europe/Copenhagen",
    "W. Europe": "Europe/Berlin Europe/Rome Europe/Vienna Europe/Zurich Europe/Amsterdam Europe/Stockholm",
    "Central Europe": "Europe/Budapest Europe/Prague Europe/Belgrade",
    "Central European": "Europe/Warsaw Europe/Zagreb",
    "E. Europe": "Europe/Chisinau",
    "FLE": "Europe/Helsinki Europe/Kyiv Europe/Vilnius Europe/Sofia",
    "GTB": "Europe/Athens Europe/Bucharest",
    "Russian": "Europe/Moscow",
    "Turkey": "Europe/Istanbul",
    "Israel": "Asia/Jerusalem",
    "Eastern": "America/New_York America/Toronto",
    "Central": "America/Chicago America/Winnipeg",
    "Mountain": "America/Denver America/Edmonton",
    "Pacific": "America/Los_Angeles America/Vancouver",
    "E. South America": "America/Sao_Paulo",
    "SA Pacific": "America/Bogota America/Lima",
    "India": "Asia/Kolkata",
    "China": "Asia/Shanghai",
    "Taipei": "Asia/Taipei",
    "Singapore": "Asia/Singapore",
    "Tokyo": "Asia/Tokyo",
    "Korea": "Asia/Seoul",
    "AUS Eastern": "Australia/Sydney Australia/Melbourne",
    "New Zealand": "Pacific/Auckland",
}
_SUMMER = {"CEST": "CET", "EEST": "EET", "WEST": "WET", "EDT": "EST", "CDT": "CST", "MDT": "MST", "PDT": "PST"}
_FRAMES = (
    r"(.+) (?:Standard|Daylight|Summer) Time",  # English
    r"Hora (?:de verano|estándar|est\S+ndar) (?:de )?(.+)",  # Spanish
    r"(?:Hora|Ora) (?:solare|legale) (.+)",  # Italian
    r"(.+) \(?(?:heure d.été|heure standard)\)?",  # French
    r"(.+)(?:-Normalzeit|-Sommerzeit| Normalzeit| Sommerzeit)",  # German
)
_LOCAL_NAMES = {
    "romance": "Romance",
    "mitteleuropäische": "W. Europe",
    "mitteleuropa": "W. Europe",
    "europa occidental": "W. Europe",
    "europa central": "Central Europe",
    "este de sudamérica": "E. South America",
    "este, sudamérica": "E. South America",
    "del este": "Eastern",
    "central": "Central",
}


def candidates(text: str) -> list[str]:
    """Return the zones that *text* may mean, the likeliest first; none when it says nothing."""
    text = text.strip()
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?00)?", text)
    if offset and 0 < int(offset[2]) <= 12:
        return [f"Etc/GMT{'-' if offset[1] == '+' else '+'}{int(offset[2])}"]  # these names count the other way round
    name = _SUMMER.get(text, text)
    for frame in _FRAMES:
        framed = re.fullmatch(frame, text, re.IGNORECASE)
        if framed:
            name = _LOCAL_NAMES.get(framed[1].casefold(), framed[1])
            break
    return _BY_TEXT.get(name, "").split()
