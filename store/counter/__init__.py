"""The counter: identify, scan, agree, hand over. A page and its script over ``store.orders``."""
