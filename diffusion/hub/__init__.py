"""Many programs share a module's forwards. Knows tensors and time; no model, no picture, no request."""
