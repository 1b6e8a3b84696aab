"""Sheets of paper that the gateway makes: cover sheet with the ĐẾN stamp, registers, reports."""
