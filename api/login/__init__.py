"""Who is at the other end: log-in, sessions, what each role may open."""
