"""From scored customers to one ranked action each: pure, vectorised, no platform, clock or randomness."""
