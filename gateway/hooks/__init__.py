"""Webhooks: programs of a unit are told what happens to its papers (described in docs/webhook.md)."""
