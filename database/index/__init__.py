"""Bitmaps beside the tables: lists and numbers over very many notices, the same as SQL would give, quicker.

`changes` notes which notices changed since the bitmaps were made, `making` makes them (tbt db reindex, and
after the line when due), `order` holds the dates, `shelf` the bitmaps as a process has them at hand.
"""
