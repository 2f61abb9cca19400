"""Do the recordings line up: `ksync inspect`, from the files alone."""
