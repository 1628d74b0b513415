"""What ``chihoi load`` is made of: an invented province, a platform that is none, heads who answer."""
