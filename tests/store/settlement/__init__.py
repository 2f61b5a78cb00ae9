"""Tests of settling with merchants and funders."""
