"""Every figure, defined and computed in one place."""
