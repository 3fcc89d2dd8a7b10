"""What the command line does that no chat does."""
