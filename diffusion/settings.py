"""What the engine is built with. Knows no torch, so that it is read where the configuration is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The keys of `[engine]` in config.toml that the engine itself reads."""

    device: str = "auto"
    """"auto", "cpu", "mps", "cuda" or "cuda:1"; several with commas between them, or "all" for every card."""
    dtype: str = "auto"
    """"auto", "float32", "float16" or "bfloat16"."""
    rows: float = 16
    """The budget of one shared forward, in rows of the model's trained size: latent pixels, as it were."""
    preview_every: float = 1.5
    """Seconds between two previews of one request."""
    threads: int = 0
    """Of the CPU; 0 for torch's own choice."""
    deterministic: bool = False
    """Whether a picture's forwards are never joined with a stranger's, so that a card repeats them to the bit."""
    attention: str = "auto"
    """"auto" for the fastest that is there, or one of diffusers' names: "native", "flash", "sage" …"""
    compile: str = "off"
    """"off", "regional" for the blocks that a denoiser repeats, "full" for all of it with CUDA graphs."""
    fuse: bool = False
    """Whether queries, keys and values are one matrix product; such a model takes no LoRA."""
    fp8: bool = False
    """Whether the denoiser's matrix products are in FP8."""
    loras: str = "loras"
    """The folder of LoRAs, safetensors each; like the two below it may be missing."""
    embeddings: str = "embeddings"
    """The folder of textual inversions, safetensors each."""
    wildcards: str = "wildcards"
    """The folder of wildcards: .txt, .yaml and .json."""

    @property
    def devices(self) -> list[str]:
        """Each device by itself; of "all" the first one, since only a worker can say how many there are."""
        return ["auto"] if self.device == "all" else [each.strip() for each in self.device.split(",")]
