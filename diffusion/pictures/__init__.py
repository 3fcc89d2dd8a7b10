"""What a picture is made from beside words, what is done to it on its way, and what can be seen of it meanwhile."""
