"""The recipe: every number that decides what training makes."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Data:
    pictures: int = 48_000
    first_seed: int = 1_000
    kept_back: int = 256
    """The last pictures, never trained on."""


@dataclass(frozen=True)
class Stage:
    """How one stage learns; a learning rate of 0 for Muon leaves everything to AdamW."""

    steps: int
    batch: int
    lr: float
    muon_lr: float = 0.0
    warmup: int = 50
    decay_from: float = 0.4
    """The share of the steps after which the learning rates fall, in a straight line, to nothing."""
    ema: float = 0.998
    save_every: int = 250


@dataclass(frozen=True)
class Config:
    seed: int = 0
    data: Data = field(default_factory=Data)
    words: int = 1_279
    """The size of the tokenizer's vocabulary."""
    captions_for_words: int = 36_000
    tokens: int = 32
    text_width: int = 160
    text_layers: int = 3
    unet_widths: tuple[int, ...] = (64, 160, 256)
    autoencoder_widths: tuple[int, ...] = (16, 32, 64, 128)

    autoencoder: Stage = Stage(6_000, 16, lr=1e-3, muon_lr=0.01)
    decoder: Stage = Stage(1_500, 16, lr=5e-4, muon_lr=6e-3, ema=0.995)
    text: Stage = Stage(1_500, 128, lr=1.5e-3)
    denoiser: Stage = Stage(6_000, 64, lr=7e-4, muon_lr=8e-3)
    judge: Stage = Stage(1_500, 64, lr=2e-3, ema=0.99)

    gentle: float = 0.15
    """The text encoder's share of the denoiser's learning rate: it has learned from words alone before."""
    dropped_captions: float = 0.1
    times: tuple[tuple[float, int, int], ...] = ((0.3, 0, 1000), (0.5, 100, 600), (0.2, 550, 1000))
    """Share, first and last time step: where the denoiser practises. Shapes are decided in the middle."""
    min_snr: float = 5.0
    critic_from: float = 0.3
    """The share of the decoder's steps after which a critic asks for crisp edges."""

    def brief(self, steps: int) -> "Config":
        """The same recipe with this many steps in each stage."""
        stages = {name: replace(value, steps=steps) for name, value in vars(self).items() if isinstance(value, Stage)}
        return replace(self, **stages)
