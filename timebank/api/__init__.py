"""The JSON interface: assembly, error shape, paging, shared fields.

Law: what an address answers is what ``openapi.json`` says, errors included; amounts are strings, minutes whole
numbers, moments RFC 3339 in UTC.
"""
