"""The nouns and facts of the program: frozen values, no I/O, standard library only."""
