"""Folds batch normalisation into the convolution before it: the same vectors for less work."""

import torch
from timm.layers import BatchNormAct2d, ConvNormAct
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norms(model: torch.nn.Module) -> None:
    """Fold every batch norm of timm's ``ConvNormAct``, in place; vectors move by rounding only.

    Args:
        model: on the CPU in float32, in evaluation mode; models without such layers stay as
            they are.
    """
    for layer in model.modules():
        if isinstance(layer, ConvNormAct) and isinstance(layer.bn, BatchNormAct2d):
            norm = layer.bn
            layer.conv = fuse_conv_bn_eval(layer.conv, norm)
            layer.bn = torch.nn.Sequential(norm.drop, norm.act)
