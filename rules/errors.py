"""Errors of the rules.

RulesError
└── BadRules

A bad file of rules never says "perhaps": the gateway does not start with one.
"""

from __future__ import annotations


class RulesError(Exception):
    """Quy tắc có lỗi. Hãy kiểm tra tệp quy tắc rồi thử lại."""

    temporary = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class BadRules(RulesError):
    """Tệp quy tắc phân thư có lỗi. Hãy sửa quy tắc được nêu rồi khởi động lại."""
