"""`python -m kinect_sync` is `ksync`."""

from kinect_sync.cli.main import main

if __name__ == "__main__":
    main()
