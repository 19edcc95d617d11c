"""The tests: behaviour through real sockets, real processes and the real SDK."""
