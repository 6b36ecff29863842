// XDPTypes
