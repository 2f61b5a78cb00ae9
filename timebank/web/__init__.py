"""The web frame: error pages, filters, locale, security headers, request ids, health."""
