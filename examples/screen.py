"""Where an example shows its pictures: a window, or a file that is written anew for each."""

from __future__ import annotations

import numpy as np
from options import refuse
from PIL import Image


class Screen:
    """Shows one picture after the other."""

    def __init__(self, title: str, file: str | None) -> None:
        """Write into a file if one is named, or else open a window."""
        self.is_open = True
        self._file = file
        if file is None:
            import tkinter

            try:
                self._window = tkinter.Tk()
            except tkinter.TclError as error:
                refuse(f"No window can be opened, so name a file by --picture: {error}")
            self._window.title(title)
            self._window.protocol("WM_DELETE_WINDOW", self._close)
            self._label = tkinter.Label(self._window)
            self._label.pack()

    def show(self, picture: np.ndarray) -> None:
        """Show a picture, shape (height, width, 3), red first."""
        image = Image.fromarray(picture)
        if self._file is not None:
            image.save(self._file)
            return
        from PIL import ImageTk

        self._photo = ImageTk.PhotoImage(image)  # or it is gone before it is shown
        self._label.configure(image=self._photo)
        self._window.update()

    def _close(self) -> None:
        self.is_open = False
