"""Letters without their marks."""
from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Lower case without tone marks and accents ("Tháng" -> "thang")."""
    parts = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(char for char in parts if not unicodedata.combining(char))
