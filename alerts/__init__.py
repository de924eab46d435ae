"""Who is told, and were they: subscriptions, matching, letters, channels."""
