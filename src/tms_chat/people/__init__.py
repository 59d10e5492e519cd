"""Users: who they are, what others see of them, finding them."""
