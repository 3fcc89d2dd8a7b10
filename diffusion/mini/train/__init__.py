"""How the built-in model was made: `python -m diffusion.mini.train STAGE`, one file a stage.

The folder of a run has the layout of a diffusers pipeline, so that each stage finds what the earlier ones made.
"""
