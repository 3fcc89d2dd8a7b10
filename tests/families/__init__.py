"""Tiny random models of every family, built from the real classes and saved in the real layout.

Right in everything but beauty: each has its family's own parts, tokenizers, schedulers and peculiarities, a few
channels wide. One file a group of families that share their parts; `tests.tiny_models` has the table of all.
"""
