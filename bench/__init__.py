"""Measurements, each to be had again by one command: `make bench`, `make eval`."""

from __future__ import annotations
