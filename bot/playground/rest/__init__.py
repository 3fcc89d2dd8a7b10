"""The REST routes that the bot uses, by topic. Each handler takes a `Call` and returns JSON, or None for 204."""
