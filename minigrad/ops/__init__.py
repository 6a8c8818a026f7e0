"""The operations by family; each is one forward and one gradient rule per input."""
