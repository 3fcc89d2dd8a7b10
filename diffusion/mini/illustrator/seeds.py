"""Which scenes are whose: each purpose has its range of seeds, so that nothing is judged on what it learned from."""

PICTURES = 0
"""What the model learns from; a recipe says where in the range it begins."""
LESSONS = 50_000_000
"""What the judge learns from."""
WORDS = 100_000_000
"""Captions without pictures."""
RECOGNISER = 300_000_000
"""What the recogniser of styles and settings is fitted on."""
EXAM = 400_000_000
"""What the score asks."""
PROOFS = 550_000_000
"""What the judge is judged by."""
