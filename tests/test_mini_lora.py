"""The few-step form's small matrices: counted as peft counts them, and gone on from."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file

from diffusion.mini import TURBO, WEIGHTS
from diffusion.mini.train.config import read
from diffusion.mini.train.lora import multiply_in, save_lora, with_lora
from diffusion.mini.train.networks import unet_of
from diffusion.request import Told

RANK = read("cpu").turbo.rank
ASKED: Any = (torch.randn(2, 4, 16, 24, generator=torch.Generator().manual_seed(0)), torch.tensor([3, 700]))
STATES = torch.randn(2, 56, 192, generator=torch.Generator().manual_seed(1))


def velocity(unet: Any) -> torch.Tensor:
    return unet(*ASKED, STATES).sample


def test_matrices_multiplied_into_the_weights_count_as_peft_counts_them():
    unet = with_lora(unet_of(WEIGHTS), RANK, 0, TURBO)
    merged = copy.deepcopy(unet)
    multiply_in(merged)
    before = velocity(unet)
    torch.testing.assert_close(velocity(merged), before, atol=1e-4, rtol=1e-3)
    for network in (unet, merged):
        velocity(network).square().mean().backward()
    slopes = [[value.grad for value in network.parameters() if value.requires_grad] for network in (unet, merged)]
    assert len(slopes[0]) == len(load_file(TURBO))
    for one, other in zip(*slopes, strict=True):
        assert one is not None
        assert other is not None
        torch.testing.assert_close(other, one, atol=1e-4, rtol=1e-2)


def test_a_copy_of_a_network_counts_with_its_own_matrices():
    unet = with_lora(unet_of(WEIGHTS), RANK, 0, TURBO)
    multiply_in(unet)
    average = copy.deepcopy(unet)
    before = velocity(average).detach()
    for name, value in unet.named_parameters():
        if "lora_" in name:
            value.data.zero_()
    torch.testing.assert_close(velocity(average), before)
    torch.testing.assert_close(velocity(unet), velocity(unet_of(WEIGHTS)), atol=1e-4, rtol=1e-3)


def test_what_was_gone_on_from_is_saved_as_it_was(tmp_path: Path):
    unet = with_lora(unet_of(WEIGHTS), RANK, 0, TURBO)
    save_lora(unet, tmp_path)
    torch.testing.assert_close(load_file(tmp_path / TURBO.name), load_file(TURBO))


def test_a_new_one_changes_nothing_yet():
    unet = unet_of(WEIGHTS)
    before = velocity(unet).detach()
    unet = with_lora(unet, 4, 0)
    torch.testing.assert_close(velocity(unet), before)
    assert {value.shape[0] for name, value in get_peft_model_state_dict(unet).items() if "lora_A" in name} == {4}


def test_one_of_another_rank_is_told():
    with pytest.raises(Told, match="is of another rank than this recipe's; remove it, and “turbo” begins anew"):
        with_lora(unet_of(WEIGHTS), RANK // 2, 0, TURBO)
