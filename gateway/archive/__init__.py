"""The package for the current archive: one Document as a zip (Circular 05/2025/TT-BNV)."""
