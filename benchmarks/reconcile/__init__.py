"""How long a county takes to be reconciled, in full and from the last night on."""
