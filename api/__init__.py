"""How people look in: JSON routes, pages, templates, static files."""
