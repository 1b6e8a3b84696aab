"""What is kept: rows in one database, immutable files in one folder.  One method of Store is one transaction."""
from __future__ import annotations
