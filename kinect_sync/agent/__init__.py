"""What runs on a host whose devices a director elsewhere uses: workers, their events, and their files."""
