"""Lasers that never meet: delays planned, and every plan checked."""
