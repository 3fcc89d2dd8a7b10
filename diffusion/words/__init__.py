"""The prompt language: from what a person typed to what a text encoder is asked."""
