"""What we know: tables in the order a notice travels, the session, migrations, search, backup."""
