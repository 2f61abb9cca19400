"""Show the points of all devices in one world, live, in a window of Open3D (pip install open3d).

python examples/fused_cloud.py --simulate examples/room.yaml
"""

from __future__ import annotations

from itertools import islice

from options import parser, refuse, run, stream

import kinect_sync as ks

SETTINGS = ks.CloudSettings(
    voxel_mm=10,
    crop=ks.Box(low_m=(-1.2, -1.2, -0.1), high_m=(1.2, 1.2, 2.2)),
)
"""What is shown: two metres and a half around the middle of the world, a point per centimetre."""


def main() -> None:
    """Show the newest row, again and again."""
    options = parser(__doc__)
    options.add_argument("--picture", help="write what the window shows in the end into this file")
    told = options.parse_args()
    try:
        import open3d
    except ImportError:
        refuse("This example draws with Open3D: pip install open3d")
    window = open3d.visualization.Visualizer()
    if not window.create_window("ksync: fused cloud", 960, 540):
        refuse("Open3D finds no display to open a window on")
    shown = open3d.geometry.PointCloud()
    with stream(told, mode="newest") as rows:
        for row in islice(rows, told.frames):
            there = [name for name, capture in row.items() if capture.hole is None]
            cloud = row.cloud(SETTINGS, there)
            first = not shown.has_points()
            shown.points = open3d.utility.Vector3dVector(cloud.points[cloud.colored])
            shown.colors = open3d.utility.Vector3dVector(cloud.colors[cloud.colored] / 255)
            if first:
                window.add_geometry(shown)
                look(window.get_view_control())
            window.update_geometry(shown)
            window.update_renderer()
            if not window.poll_events():  # somebody closed it
                break
    if told.picture:
        window.capture_screen_image(told.picture, do_render=True)
    window.destroy_window()


def look(view: object) -> None:
    """Stand before the middle of the world, a little to its right and above; z is up."""
    view.set_front((0.45, -1.0, 0.45))
    view.set_lookat((0.0, 0.0, 0.8))
    view.set_up((0.0, 0.0, 1.0))
    view.set_zoom(0.55)


if __name__ == "__main__":
    run(main)
