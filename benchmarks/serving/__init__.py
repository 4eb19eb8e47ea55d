"""The server measured from outside: it and the load are two processes, on one machine."""
