"""The rules of the clock, pure: which days are worked, when silence holds, what is due, how often is kind."""
