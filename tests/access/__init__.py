"""Who may do what: every entrance with every role."""
