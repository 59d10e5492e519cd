"""Socket.IO: the handshake, rooms, inbound commands, the one publisher, presence. Nothing outside knows the library."""
