"""Tests of the charity warehouse."""
