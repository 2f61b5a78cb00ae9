"""The town: a year of seeded life, built through the services."""
