// XDP
