// XDPToolchain
