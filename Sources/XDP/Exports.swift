/// Actions, addresses and headers are the same types in control planes and in programs.
@_exported public import XDPTypes
