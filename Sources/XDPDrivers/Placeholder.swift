// XDPDrivers
