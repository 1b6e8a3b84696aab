"""Keeping what was taken: backup and restore, fixity, retention."""
