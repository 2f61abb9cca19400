"""What ksync says otherwise than the version that recorded a take, on purpose and told in the changelog."""

from __future__ import annotations

WORDS = {
    # The least firmware is named where it is known, and in no other place.
    "the same firmware (1.6.110079014 or later)": "the same firmware (`ksync doctor` says which is too old)",
}
"""Words of findings by those that stood in their place."""

VALUES = {
    # Of a device without color or depth the SDK gives no pose, and zeros stood for it; the factory knows it.
    "/export/calibration.json/left/depth_to_color/": "0.1.0/parts",
    "/export/calibration.json/left/color_to_depth/": "0.1.0/parts",
    "/export/calibration.json/right/depth_to_color/": "0.1.0/parts",
    "/export/calibration.json/right/color_to_depth/": "0.1.0/parts",
}
"""Takes by the beginning of the place where something else is said of them."""
