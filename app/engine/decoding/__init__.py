"""The ways of decoding, one small class each."""
