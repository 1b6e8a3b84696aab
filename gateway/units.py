"""The units served here, with their names."""
from __future__ import annotations

from gateway.errors import BadSettings
from gateway.exchange.port import Body
from gateway.settings import Settings
from gateway.store.store import Store


def units_of(settings: Settings) -> tuple[str, ...]:
    """Codes of the units served here, the office itself first."""
    return tuple(dict.fromkeys((settings.unit.code, *(one.unit for one in settings.mail_unit if one.unit))))


def unit_named(settings: Settings, store: Store, code: str) -> Body:
    """A unit served here; the office itself stands in the settings, the others in the directory."""
    if code == settings.unit.code:
        return Body(code, settings.unit.name, settings.unit.parent)
    return store.directory.get(code) or Body(code, code)


def unit_called(settings: Settings, store: Store, code: str) -> tuple[Body, str]:
    """The unit of that code, "" for the office itself, and the name of the body above.

    Raises:
        BadSettings: no unit served here.
    """
    code = code or settings.unit.code
    if code not in units_of(settings):
        raise BadSettings(f"Không phục vụ đơn vị {code} ở đây. Hãy chọn một trong: {', '.join(units_of(settings))}.")
    unit = unit_named(settings, store, code)
    above = store.directory.get(unit.parent) if unit.parent else None
    return unit, above.name if above else unit.parent
