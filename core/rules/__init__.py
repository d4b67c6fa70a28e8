"""Pure rules: facts and the instant go in, a decision comes out."""
