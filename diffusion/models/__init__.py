"""What is in memory: finding, loading, sharing out and letting go of models, and what makes them fast or small."""
