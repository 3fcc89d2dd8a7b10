"""How good the built-in model is, measured: `python -m diffusion.mini.score [--json] [--weights DIR] [--quick]`.

The questions are held-out scenes with fixed seeds (`exam.py`), marked in `marks.py`; `scoring.py` asks them.
"""
