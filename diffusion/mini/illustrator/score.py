"""How good a model is that has learned from the illustrator: `python -m diffusion.mini.illustrator.score [--json]`.

The questions are held-out scenes with fixed seeds (`exam.py`), marked in `marks.py`; `scoring.py` asks them.
"""

from pathlib import Path

from diffusion.mini.score_command import command

from .paper import exam

JUDGE = Path(__file__).with_name("judge.safetensors")

main = command(exam, JUDGE)

if __name__ == "__main__":
    main()
