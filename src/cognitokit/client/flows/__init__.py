"""One generator per operation: the calls that it takes and the result that comes of their replies."""
