"""The staff page: figures, people, events and exports for officers above the branch."""
