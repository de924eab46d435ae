"""The JSON routes, one module an object."""
