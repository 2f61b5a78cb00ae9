"""Pages that look into many rooms, one per audience."""
