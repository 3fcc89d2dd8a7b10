"""How fast Darkroom is on this machine, in one run: its engine against plain diffusers, and what the chat feels of it.

The figures compare only with each other. Both sides run in processes of their own, driven alike, in turns. Torch is
loaded in those alone, and so imported inside the functions that run there.
"""
