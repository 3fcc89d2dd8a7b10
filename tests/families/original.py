"""Tiny checkpoints in one file, in the layouts of Stable Diffusion's, SDXL's and Flux' first authors.

diffusers knows how to read these names; here is the way back, for models as small as those of this package.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

Weights = dict[str, torch.Tensor]

_RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection",
}  # fmt: skip
_UNET = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip
_OPEN_CLIP = {
    r"encoder\.layers\.": "transformer.resblocks.", r"layer_norm([12])": r"ln_\1", r"\.fc1\.": ".c_fc.",
    r"\.fc2\.": ".c_proj.", r"\.self_attn\.": ".attn.", "final_layer_norm": "ln_final",
    r"embeddings\.position_embedding\.weight": "positional_embedding",
    r"embeddings\.token_embedding": "token_embedding",
}  # fmt: skip
_FLUX = {
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "context_embedder": "txt_in", "x_embedder": "img_in", "proj_out": "final_layer.linear",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
}  # fmt: skip
_DOUBLE = {
    "norm1.linear": "img_mod.lin", "norm1_context.linear": "txt_mod.lin", "attn.norm_q": "img_attn.norm.query_norm",
    "attn.norm_k": "img_attn.norm.key_norm", "attn.norm_added_q": "txt_attn.norm.query_norm",
    "attn.norm_added_k": "txt_attn.norm.key_norm", "ff.net.0.proj": "img_mlp.0", "ff.net.2": "img_mlp.2",
    "ff_context.net.0.proj": "txt_mlp.0", "ff_context.net.2": "txt_mlp.2", "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
}  # fmt: skip
_SINGLE = {
    "norm.linear": "modulation.lin", "attn.norm_q": "norm.query_norm", "attn.norm_k": "norm.key_norm",
    "proj_out": "linear2",
}  # fmt: skip


def save_sd(pipe: Any, file: Path) -> None:
    """Stable Diffusion 1.x: one text encoder of CLIP's."""
    clip = _named("cond_stage_model.transformer.text_model.", pipe.text_encoder.state_dict())
    save_file(_own({**_unet(pipe.unet), **_vae(pipe.vae), **clip}), file)


def save_sdxl(pipe: Any, file: Path) -> None:
    """CLIP's text encoder, and OpenCLIP's, which keeps queries, keys and values in one."""
    clip = _named("conditioner.embedders.0.transformer.text_model.", pipe.text_encoder.state_dict())
    save_file(_own({**_unet(pipe.unet), **_vae(pipe.vae), **clip, **_open_clip(pipe.text_encoder_2)}), file)


def save_flux(pipe: Any, file: Path) -> None:
    """The transformer alone, as Flux is handed on."""
    save_file(_own(_flux(pipe.transformer)), file)


def _unet(unet: Any) -> Weights:
    per_level = unet.config.layers_per_block + 1
    blocks = {
        r"down_blocks\.(\d+)\.resnets\.(\d+)": lambda i, j: f"input_blocks.{1 + i * per_level + j}.0",
        r"down_blocks\.(\d+)\.attentions\.(\d+)": lambda i, j: f"input_blocks.{1 + i * per_level + j}.1",
        r"down_blocks\.(\d+)\.downsamplers\.(\d+)\.conv": lambda i, j: f"input_blocks.{(i + 1) * per_level}.0.op",
        r"mid_block\.resnets\.(\d+)()": lambda i, j: f"middle_block.{2 * i}",
        r"mid_block\.attentions\.(\d+)()": lambda i, j: f"middle_block.{2 * i + 1}",
        r"up_blocks\.(\d+)\.resnets\.(\d+)": lambda i, j: f"output_blocks.{i * per_level + j}.0",
        r"up_blocks\.(\d+)\.attentions\.(\d+)": lambda i, j: f"output_blocks.{i * per_level + j}.1",
        # beside the attention, where the block has one
        r"up_blocks\.(\d+)\.upsamplers\.(\d+)": lambda i, j: (
            f"output_blocks.{(i + 1) * per_level - 1}.{2 if 'CrossAttn' in unet.config.up_block_types[i] else 1}"
        ),
    }

    def original(name: str) -> str:
        for pattern, block in blocks.items():
            if found := re.match(pattern, name):
                rest = name[found.end() :]
                rest = _renamed(rest, _RESNET) if "resnets" in name else rest
                return block(*(int(number or 0) for number in found.groups())) + rest
        return _renamed(name, _UNET)

    return {f"model.diffusion_model.{original(name)}": value for name, value in unet.state_dict().items()}


def _vae(vae: Any) -> Weights:
    last = len(vae.config.block_out_channels) - 1

    def original(name: str) -> str:
        name = name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")
        name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
        name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
        name = re.sub(r"up_blocks\.(\d)\.resnets", lambda found: f"up.{last - int(found[1])}.block", name)
        name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda found: f"up.{last - int(found[1])}.upsample", name)
        return re.sub(r"mid_block\.resnets\.(\d)", lambda found: f"mid.block_{int(found[1]) + 1}", name)

    return {f"first_stage_model.{original(name)}": value for name, value in vae.state_dict().items()}


def _open_clip(encoder: Any) -> Weights:
    weights = {name.removeprefix("text_model."): value for name, value in encoder.state_dict().items()}
    made: Weights = {"text_projection": weights.pop("text_projection.weight").T}
    for name, value in weights.items():
        if "q_proj" in name:
            parts = [value, *(weights[name.replace("q_proj", other)] for other in ("k_proj", "v_proj"))]
            name, value = name.replace("q_proj.", "in_proj_"), torch.cat(parts)
        if not re.search(r"[kv]_proj", name):
            for pattern, other in _OPEN_CLIP.items():
                name = re.sub(pattern, other, name)
            made[name] = value
    return _named("conditioner.embedders.1.model.", made)


def _flux(transformer: Any) -> Weights:
    weights, made = transformer.state_dict(), {}
    for name, value in weights.items():
        block = re.match(r"(single_)?transformer_blocks\.(\d+)\.", name)
        if not block:
            halves = reversed(value.chunk(2)) if name.startswith("norm_out") else [value]  # shift and scale
            made[_renamed(name, _FLUX)] = torch.cat(list(halves))
            continue
        place, rest = f"{'single' if block[1] else 'double'}_blocks.{block[2]}.", name[block.end() :]
        if found := re.fullmatch(r"attn\.(to_q|add_q_proj)\.(weight|bias)", rest):
            names = ("to_q", "to_k", "to_v") if found[1] == "to_q" else ("add_q_proj", "add_k_proj", "add_v_proj")
            parts = [weights[f"{block[0]}attn.{each}.{found[2]}"] for each in names]
            if block[1]:
                made[f"{place}linear1.{found[2]}"] = torch.cat([*parts, weights[f"{block[0]}proj_mlp.{found[2]}"]])
            else:
                of = "img" if found[1] == "to_q" else "txt"
                made[f"{place}{of}_attn.qkv.{found[2]}"] = torch.cat(parts)
        elif not re.match(r"attn\.(to_[kv]|add_[kv]_proj)\.|proj_mlp", rest):
            renamed = _renamed(rest, _SINGLE if block[1] else _DOUBLE)
            made[place + re.sub(r"(query_norm|key_norm)\.weight", r"\1.scale", renamed)] = value
    return made


def _renamed(name: str, names: Mapping[str, str]) -> str:
    """Its beginning, up to a dot, in the other language."""
    for known, other in names.items():
        name = re.sub(rf"^(\.?){re.escape(known)}(?=\.)", rf"\g<1>{other}", name)
    return name


def _named(prefix: str, weights: Mapping[str, torch.Tensor]) -> Weights:
    return {prefix + name.removeprefix("text_model."): value for name, value in weights.items()}


def _own(weights: Weights) -> Weights:
    """No two of them in the same memory."""
    return {name: value.detach().clone().contiguous() for name, value in weights.items()}
