"""The illustrator: the drawing code, scenes and captions that the built-in model is trained on.

A `Scene` (scene.py) says what is seen and nothing of pixels; `lot.py` draws scenes by lot from a seed, `layout.py`
gives each thing its place, `drawing.py` makes the picture in one of the styles, and `captions.py` says it in words.
"""
