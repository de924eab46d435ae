"""What was published: sources, their runs, and notices with the measures they belong to."""
