print("xdp")
