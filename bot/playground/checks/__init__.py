"""What Discord's forms must look like, told in its own nested errors. Knows payloads only: no state, no HTTP."""
