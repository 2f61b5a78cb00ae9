"""The JSON interface: assembly, error shape, paging, shared fields."""
