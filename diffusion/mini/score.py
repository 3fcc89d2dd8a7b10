"""How good the built-in model is, measured: `python -m diffusion.mini.score [--json] [--weights DIR] [--quick]`.

The questions are held-out combinations with fixed seeds (`exam.py`); `scoring.py` asks them.
"""

from . import JUDGE
from .paper import exam
from .score_command import command

main = command(exam, JUDGE)

if __name__ == "__main__":
    main()
