"""What we learn afterwards: takes inspected, repaired, exported and shown."""
