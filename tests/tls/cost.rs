//! What sessions cost: calls of the inner transport, allocations, memory held while idle.
