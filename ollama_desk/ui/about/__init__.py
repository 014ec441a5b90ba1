"""What the program is made of, where its files are, and which keys it knows."""
