"""What a command writes beside takes: its output, figures, pages and rig files."""

from __future__ import annotations

from kinect_sync.findings.model import refusal

CURRENT_FOLDER_GONE = refusal(
    "current-folder-gone",
    "The folder that the command was started in was removed, and paths are told from there.",
    "go to a folder that is there, with `cd`",
)
FILE_EXISTS = refusal(
    "file-exists",
    "The file that was to be written exists.",
    "choose another name or directory",
)
FILE_NOT_WRITTEN = refusal(
    "file-not-written",
    "A file could not be written.",
    "check the folder and the disk",
)
MATPLOTLIB_MISSING = refusal(
    "matplotlib-missing",
    "Figures need matplotlib, which is not installed.",
    'pip install "kinect-sync[plot]"',
)
NOT_A_FIGURE = refusal(
    "not-a-figure",
    "The name of the figure does not end as a figure's does.",
    "let it end in .svg, .png or .pdf",
)
OUTPUT_UNWRITTEN = refusal(
    "output-unwritten",
    "The output could not be written.",
    "make room, or write elsewhere",
)
PATH_UNUSABLE = refusal(
    "path-unusable",
    "The system refuses a path or its disk: the name is too long, the disk is full, read-only or broken, or "
    "too many files are open.",
    "give another path, check the disk, or raise `ulimit -n`",
)
