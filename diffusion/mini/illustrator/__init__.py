"""The illustrator: the drawing code, scenes and captions that the built-in model is trained on next.

The shipped weights know the smaller vocabulary of `scenes.py`, `objects.py`, `backgrounds.py` and `captions.py` beside
this package, and are scored with it. When weights are trained on this package, it takes the place of those files.

A `Scene` (scene.py) says what is seen and nothing of pixels; `lot.py` draws scenes by lot from a seed, `layout.py`
gives each thing its place, `drawing.py` makes the picture in one of the styles, and `captions.py` says it in words.
"""
