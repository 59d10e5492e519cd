"""An Engine.IO 4 and Socket.IO 5 server: delivery is what this product exists for. It knows nothing of chat."""
