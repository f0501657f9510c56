"""A fatal signal in a thread, below Python."""

import ctypes
import threading


def read_header(address):
    return ctypes.string_at(address, 4)


worker = threading.Thread(target=read_header, args=(8,), name="reader")
worker.start()
worker.join()
