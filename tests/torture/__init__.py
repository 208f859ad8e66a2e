"""What no user does on purpose: many threads, interruptions, crashes, hostile labels and files."""
