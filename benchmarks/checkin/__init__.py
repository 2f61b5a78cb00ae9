"""Checking in, measured: a hall full of phones, the cost of a code, honest scans that are refused."""
