"""Depth and IR in fewer bytes and without loss: codecs that other programs know as well."""
