"""People with trades who work behind the scenes: recorder, sweeper, janitor."""
