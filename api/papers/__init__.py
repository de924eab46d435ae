"""Papers: a brief or report as blocks, and these as a Word document or a PDF."""
