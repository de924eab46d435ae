"""What we watch and how we run: settings, taxonomies, languages, texts. Read once, frozen, no behaviour."""
