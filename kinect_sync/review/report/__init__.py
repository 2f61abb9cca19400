"""A take as one page to look at: `ksync report`."""
